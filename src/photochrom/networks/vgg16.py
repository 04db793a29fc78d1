"""VGG-16 (Simonyan & Zisserman 2015, configuration D) on one channel, fully convolutional, as Larsson 2016 uses it.

    x          [N, 1, H, W]      H and W multiples of 32
    levels     name -> [N, C, H/scale, W/scale], every activation after its ReLU

    layers           channels  scale      layers           channels  scale
    conv1_1 conv1_2        64      1      conv5_1 5_2 5_3       512     16
    conv2_1 conv2_2       128      2      fc6  (7 x 7)         4096     32
    conv3_1 3_2 3_3       256      4      fc7  (1 x 1)         4096     32
    conv4_1 4_2 4_3       512      8

3 x 3 with bias and ReLU; a 2 x 2 max-pool between two scales; fc8 is dropped. 134,259,392 parameters.
"""

from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from photochrom.networks.network import scaled

STAGES = (("conv1", 2, 64), ("conv2", 2, 128), ("conv3", 3, 256), ("conv4", 3, 512), ("conv5", 3, 512))
FC = 4096


class Vgg16(nn.Module):
    """The backbone; `norm`: BatchNorm without scale and shift after each convolution, as in Larsson's training files.

    `channels` and `scales` tell what each level has, in order.
    """

    def __init__(self, width: float = 1.0, norm: bool = False) -> None:
        super().__init__()
        self.channels: dict[str, int] = {}
        self.scales: dict[str, int] = {}
        inside, scale = 1, 1
        for stage, depth, wide in STAGES:
            for number in range(1, depth + 1):
                inside = self._add(f"{stage}_{number}", scale, inside, scaled(wide, width), 3, norm)
            scale *= 2
        inside = self._add("fc6", scale, inside, scaled(FC, width), 7, norm)
        self._add("fc7", scale, inside, scaled(FC, width), 1, norm)
        self.dropout = nn.Dropout(0.5)

    def _add(self, name: str, scale: int, inside: int, outside: int, kernel: int, norm: bool) -> int:
        convolution = nn.Conv2d(inside, outside, kernel, padding=kernel // 2)
        layer = [convolution, nn.BatchNorm2d(outside, affine=False)] if norm else [convolution]
        self.add_module(name, nn.Sequential(*layer, nn.ReLU()))
        self.channels[name], self.scales[name] = outside, scale
        return outside

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        levels = {}
        scale = 1
        for name, own in self.scales.items():
            if own > scale:
                x, scale = max_pool2d(x, 2), own
            x = self.get_submodule(name)(x)
            if name.startswith("fc"):
                x = self.dropout(x)
            levels[name] = x
        return levels
