"""The networks, torch, one file each: lightness in, logits out, the paper's table on top."""

from photochrom.networks.photochrom import Photochrom

NETWORKS = {"photochrom": Photochrom}

__all__ = ["NETWORKS", "Photochrom"]
