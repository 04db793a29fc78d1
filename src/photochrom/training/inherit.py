"""Weights of one network as the beginning of another one: Zhang 2017 is fine-tuned from Zhang 2016 (its section 3.4).

    zhang2016    zhang2017     note
    model1.0     model1.0      one input more becomes four: a, b and the mask of hints begin with zeros
    model8.0     model8up.0    transposed
    model8.2     model8.1
    model8.4     model8.3
    model8.6     -             its 313 logits are another answer
    the rest     the same
    -            shortcuts, model8.5, model9, model10, both heads: as they are

So a fresh one of 2017 answers hints with nothing at first, and its first eight blocks see what those of 2016 saw.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

RENAMED = {"model8.0.": "model8up.0.", "model8.2.": "model8.1.", "model8.4.": "model8.3."}
HEAD = "model8.6."
FIRST = "model1.0.weight"
NEW = ("model3short8.", "model2short9.", "model1short10.", "model8.5.", "model9up.", "model9.", "model10up.",
       "model10.", "model_class.", "model_out.")  # fmt: skip


def inherited(name: str, own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What a network with the state `own` starts from: `given`, under its own names where it is a predecessor's.

    Nothing is checked here: keys that neither knows stay, and those that are missing are missing.
    """
    if name != "zhang2017" or f"{HEAD}weight" not in given:
        return dict(given)
    start = {key: value for key, value in own.items() if key.startswith(NEW)}
    for key, value in given.items():
        if not key.startswith(HEAD):
            place = next((key.replace(old, new) for old, new in RENAMED.items() if key.startswith(old)), key)
            start[place] = value
    if FIRST in start and start[FIRST].shape[1] == 1:
        first = start[FIRST]
        start[FIRST] = torch.cat([first, first.new_zeros((len(first), own[FIRST].shape[1] - 1, *first.shape[2:]))], 1)
    return start
