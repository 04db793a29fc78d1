"""photochrom: an EfficientNet-Lite encoder, a light feature pyramid, and a global view of the picture at every pixel.

    lightness  [N, 1, H, W]       L* 0..100, H and W multiples of 32
    style      [N, 1, 224, 224]   whose mood is taken (Iizuka 2016, section 3.3); None: the photograph's own
    logits     [N, 313, H/4, W/4]
    features   [N, 64, H/4, W/4]  the embedding that the logits are a linear function of
    classes    [N, 1000]          only with `classify`: a training-time task (Iizuka 2016, section 3.5)

    part         stride  out   note
    encoder       4..32        `efficientnet_lite`: 24, 40, 112 and 320 channels for lite0
    laterals      4..32  128   1x1, summed on the way up, as in a feature pyramid (Lin et al. 2017)
    refine        32..4  128   depthwise 5x5 and 1x1, residual; two at stride 4
    summary           -  256   mean of the deepest features of `style`, two layers
    fuse              8  128   1x1 of local plus linear of global: Iizuka 2016, eq. 5, written as a sum
    embed             4   64   1x1
    logits            4  313   1x1

Parameters, by variant of the encoder; the class head is needed in training only:

    encoder  without class head  with it
    lite0               3.350 M  5.043 M
    lite1               4.115 M  5.808 M
    lite2               4.763 M  6.498 M
"""

from torch import Tensor, nn
from torch.nn.functional import interpolate

from photochrom.networks.efficientnet_lite import Classifier, EfficientNetLite, SameConv
from photochrom.networks.network import Network, Output


class Photochrom(Network):
    """The shipped network; `encoder` names a row of the table, `channels` the representation's numbers a pixel."""

    stride_in, stride_out = 32, 4
    lightness = "lab"
    inputs = ("lightness", "style")

    def __init__(self, channels: int = 313, encoder: str = "lite0", width: int = 128, embedding: int = 64) -> None:
        super().__init__()
        self.encoder = EfficientNetLite(encoder)
        self.classifier = Classifier(self.encoder.channels[-1])
        self.laterals = nn.ModuleList(lateral(inside, width) for inside in self.encoder.channels)
        self.refine = nn.ModuleList([nn.Sequential(Refine(width), Refine(width)), *(Refine(width) for _ in range(3))])
        self.summary = nn.Sequential(
            nn.Linear(self.encoder.channels[-1], 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()
        )
        self.fuse_local = nn.Sequential(SameConv(width, width, 1, bias=False), nn.BatchNorm2d(width))
        self.fuse_global = nn.Linear(256, width)
        self.embed = nn.Sequential(SameConv(width, embedding, 1, bias=False), nn.BatchNorm2d(embedding), nn.ReLU6())
        self.logits = nn.Conv2d(embedding, channels, 1)

    @property
    def head(self) -> nn.Conv2d:
        """The layer that gives the logits."""
        return self.logits

    def forward(self, lightness: Tensor, style: Tensor | None = None, classify: bool = False) -> Output:
        levels = self.encoder(as_rgb(lightness))  # strides 4, 8, 16, 32
        deepest = levels[-1]
        mood = (deepest if style is None else self.encoder(as_rgb(style))[-1]).mean((2, 3))  # [N, 320]
        glance = self.fuse_global(self.summary(mood))[:, :, None, None]  # [N, 128, 1, 1]
        x = self.refine[3](self.laterals[3](deepest))  # [N, 128, H/32, W/32]
        x = self.refine[2](double(x) + self.laterals[2](levels[2]))  # H/16
        x = self.refine[1](double(x) + self.laterals[1](levels[1]))  # H/8
        x = (self.fuse_local(x) + glance).relu()
        x = self.refine[0](double(x) + self.laterals[0](levels[0]))  # H/4
        features = self.embed(x)
        return Output(self.logits(features), features, self.classifier(deepest) if classify else None)


class Refine(nn.Module):
    """Residual depthwise-separable block: 5x5 depthwise, 1x1, each with BatchNorm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            SameConv(width, width, 5, groups=width, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU6(),
            SameConv(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu6(x + self.body(x))


def lateral(inside: int, width: int) -> nn.Sequential:
    """Project an encoder level onto the pyramid's width."""
    return nn.Sequential(SameConv(inside, width, 1, bias=False), nn.BatchNorm2d(width))


def as_rgb(lightness: Tensor) -> Tensor:
    """L* 0..100 as three equal channels in 0..255, the scale that the encoder was trained on."""
    return (lightness * 2.55).expand(-1, 3, -1, -1)


def double(x: Tensor) -> Tensor:
    """Twice the size, bilinear, half-pixel centers."""
    return interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
