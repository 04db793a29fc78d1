"""The networks, torch, one file each: lightness in, logits out, the paper's table on top."""

from photochrom.networks.iizuka2016 import Iizuka2016
from photochrom.networks.larsson2016 import Larsson2016
from photochrom.networks.network import Network, Output
from photochrom.networks.photochrom import Photochrom
from photochrom.networks.zhang2016 import Zhang2016
from photochrom.networks.zhang2017 import Zhang2017

NETWORKS: dict[str, type[Network]] = {
    "photochrom": Photochrom,
    "zhang2016": Zhang2016,
    "larsson2016": Larsson2016,
    "iizuka2016": Iizuka2016,
    "zhang2017": Zhang2017,
}

__all__ = ["NETWORKS", "Iizuka2016", "Larsson2016", "Network", "Output", "Photochrom", "Zhang2016", "Zhang2017"]
