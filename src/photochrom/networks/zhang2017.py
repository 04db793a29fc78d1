"""Zhang, Zhu, Isola et al. 2017, "Real-Time User-Guided Image Colorization with Learned Deep Priors": local hints.

    lightness  [N, 1, H, W]        L* 0..100, H and W multiples of 8
    hints      [N, 3, H, W]        a, b (Lab units) and a mask that is 1 where they are given; None: nowhere
    logits     [N, 2, H, W]        ab before the tanh that the representation applies
    palette    [N, 529, H/4, W/4]  logits over the 23 x 23 grid of ab, b fastest: what else is possible there

Zhang 2016 in its first seven blocks, but striding by dropping every second row and column *after* the BatchNorm, and
with skips from what was there before; 3 x 3 with bias and ReLU throughout.

    part            layers                                     output       note
    model1          4 -> 64 -> 64, BN                          64 x H       then every second pixel
    model2          128, 128, BN                               128 x H/2    then every second pixel
    model3          256, 256, 256, BN                          256 x H/4    then every second pixel
    model4          512, 512, 512, BN                          512 x H/8
    model5, model6  512, 512, 512, BN                          512 x H/8    dilation 2
    model7          512, 512, 512, BN                          512 x H/8
    model8          256 up (4 x 4) + 256 of model3; 256, 256   256 x H/4    sum, ReLU; BN at the end
    model9          128 up (4 x 4) + 128 of model2; 128        128 x H/2    sum, ReLU; BN at the end
    model10         128 up (4 x 4) + 128 of model1; 128        128 x H      sum, ReLU; LeakyReLU 0.2 at the end
    model_class     529 (1 x 1) of model8                      529 x H/4    its gradient stays out of the trunk
    model_out       2 (1 x 1)                                  2 x H

34,187,027 parameters with the head of 529 bins, 34,051,074 without. The names are those of the authors' PyTorch
release.
"""

import torch
from torch import Tensor, nn

from photochrom.networks.network import Network, Output, scaled
from photochrom.networks.zhang2016 import CENTER, SCALE, block

AB_SCALE = 110.0  # ab of the hints are divided by it


class Zhang2017(Network):
    """The user-guided network.

    channels      numbers a pixel of the regression: 2
    width         scales all channels but those of inputs and outputs
    bins          of the palette: 529, or 313 as the paper has it; 0 leaves its head out
    mask_center   what is taken off the mask: 0 for the authors' converted weights, 0.5 for those trained with their
                  PyTorch code
    """

    stride_in, stride_out = 8, 1
    lightness = "lab"
    inputs = ("lightness", "hints")

    def __init__(self, channels: int = 2, width: float = 1.0, bins: int = 529, mask_center: float = 0.0) -> None:
        super().__init__()
        self.mask_center = mask_center
        c1, c2, c3, c4 = (scaled(c, width) for c in (64, 128, 256, 512))
        self.model1 = block(4, c1, convolutions=2)
        self.model2 = block(c1, c2, convolutions=2)
        self.model3 = block(c2, c3, convolutions=3)
        self.model4 = block(c3, c4, convolutions=3)
        self.model5 = block(c4, c4, convolutions=3, dilation=2)
        self.model6 = block(c4, c4, convolutions=3, dilation=2)
        self.model7 = block(c4, c4, convolutions=3)
        # one-layer Sequentials: the release has their weights under .0
        self.model8up, self.model3short8 = nn.Sequential(double(c4, c3)), nn.Sequential(conv(c3, c3))
        self.model8 = nn.Sequential(nn.ReLU(), conv(c3, c3), nn.ReLU(), conv(c3, c3), nn.ReLU(), nn.BatchNorm2d(c3))
        self.model9up, self.model2short9 = nn.Sequential(double(c3, c2)), nn.Sequential(conv(c2, c2))
        self.model9 = nn.Sequential(nn.ReLU(), conv(c2, c2), nn.ReLU(), nn.BatchNorm2d(c2))
        self.model10up, self.model1short10 = nn.Sequential(double(c2, c2)), nn.Sequential(conv(c1, c2))
        self.model10 = nn.Sequential(nn.ReLU(), conv(c2, c2), nn.LeakyReLU(0.2))
        self.model_class = nn.Sequential(nn.Conv2d(c3, bins, 1)) if bins else None
        self.model_out = nn.Sequential(nn.Conv2d(c2, channels, 1))

    @property
    def head(self) -> nn.Conv2d:
        """The layer that gives the logits."""
        last = self.model_out[0]
        assert isinstance(last, nn.Conv2d)
        return last

    def forward(self, lightness: Tensor, hints: Tensor | None = None) -> Output:
        if hints is None:
            hints = lightness.new_zeros((len(lightness), 3, *lightness.shape[2:]))
        seen = [(lightness - CENTER) / SCALE, hints[:, :2] / AB_SCALE, hints[:, 2:] - self.mask_center]
        full = self.model1(torch.cat(seen, 1))  # H
        half = self.model2(full[:, :, ::2, ::2])  # H/2
        quarter = self.model3(half[:, :, ::2, ::2])  # H/4
        x = self.model7(self.model6(self.model5(self.model4(quarter[:, :, ::2, ::2]))))  # H/8
        x = self.model8(self.model8up(x) + self.model3short8(quarter))  # H/4
        palette = None if self.model_class is None else self.model_class(x.detach())
        x = self.model9(self.model9up(x) + self.model2short9(half))  # H/2
        x = self.model10(self.model10up(x) + self.model1short10(full))  # H
        return Output(self.model_out(x), palette=palette)


def double(inside: int, outside: int) -> nn.ConvTranspose2d:
    """Twice the size by a transposed 4 x 4 convolution."""
    return nn.ConvTranspose2d(inside, outside, 4, stride=2, padding=1)


def conv(inside: int, outside: int) -> nn.Conv2d:
    """3 x 3, the size kept."""
    return nn.Conv2d(inside, outside, 3, padding=1)
