"""Zhang, Isola & Efros 2016, "Colorful Image Colorization": the network of their Table 4, as released (version 2).

    lightness  [N, 1, H, W]        L* 0..100, H and W multiples of 8
    logits     [N, 313, H/4, W/4]  at temperature 1

Convolutions are 3 x 3 with bias, each followed by ReLU, but for the first of block 8 (4 x 4, transposed) and the last
(1 x 1, no ReLU). There is no pooling, and BatchNorm only after the last ReLU of blocks 1 to 7.

    block   channels       last stride  dilation  output     effective dilation  parameters
    1       64 64                    2         1  64 x H/2                  1 1      37,696
    2       128 128                  2         1  128 x H/4                 2 2     221,696
    3       256 256 256              2         1  256 x H/8               4 4 4   1,475,840
    4       512 512 512              1         1  512 x H/8               8 8 8   5,900,800
    5       512 512 512              1         2  512 x H/8            16 16 16   7,080,448
    6       512 512 512              1         2  512 x H/8            16 16 16   7,080,448
    7       512 512 512              1         1  512 x H/8               8 8 8   7,080,448
    8       256 256 256            1/2         1  256 x H/4               8 4 4   3,277,568
    logits  313                      1         1  313 x H/4                   4      80,441

32,235,385 parameters. With the 626 numbers that turn a distribution into ab, which here the representation holds (its
313 centers), they are the 32,236,011 of the authors' PyTorch network, whose names are kept so that its weights load
strictly.
"""

from torch import Tensor, nn

from photochrom.networks.network import Network, Output, scaled

CENTER, SCALE = 50.0, 100.0  # of L*, as in the authors' PyTorch release; their Caffe network has no SCALE


class Zhang2016(Network):
    """`channels` are the representation's numbers a pixel (313; 2 for the L2 row), `width` scales the others."""

    stride_in, stride_out = 8, 4
    lightness = "lab"
    inputs = ("lightness",)

    def __init__(self, channels: int = 313, width: float = 1.0) -> None:
        super().__init__()
        c1, c2, c3, c4 = (scaled(c, width) for c in (64, 128, 256, 512))
        self.model1 = block(1, c1, convolutions=2, stride=2)
        self.model2 = block(c1, c2, convolutions=2, stride=2)
        self.model3 = block(c2, c3, convolutions=3, stride=2)
        self.model4 = block(c3, c4, convolutions=3)
        self.model5 = block(c4, c4, convolutions=3, dilation=2)
        self.model6 = block(c4, c4, convolutions=3, dilation=2)
        self.model7 = block(c4, c4, convolutions=3)
        self.model8 = nn.Sequential(
            nn.ConvTranspose2d(c4, c3, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(c3, c3, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(c3, c3, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(c3, channels, 1),
        )

    @property
    def head(self) -> nn.Conv2d:
        """The layer that gives the logits."""
        last = self.model8[-1]
        assert isinstance(last, nn.Conv2d)
        return last

    def forward(self, lightness: Tensor) -> Output:
        x = self.model1((lightness - CENTER) / SCALE)  # H/2
        x = self.model2(x)  # H/4
        x = self.model3(x)  # H/8
        x = self.model7(self.model6(self.model5(self.model4(x))))
        return Output(self.model8(x))  # H/4


def block(inside: int, outside: int, convolutions: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Convolutions with ReLU, the last one with the stride, and BatchNorm at the end."""
    layers: list[nn.Module] = []
    for number in range(convolutions):
        step = stride if number == convolutions - 1 else 1
        layers += [nn.Conv2d(inside, outside, 3, step, dilation, dilation), nn.ReLU()]
        inside = outside
    return nn.Sequential(*layers, nn.BatchNorm2d(outside))
