"""XMP packets as bytes: turned upright, freed of places, and saying who made the colors.

A packet is RDF in XML, and what it holds belongs to others: it is changed in the one place that has to change, never
parsed and written anew. A packet that can't be read as UTF-8 or 16 is carried along as it is. (XMP, ISO 16684-1; IPTC
Photo Metadata Standard 2025.1)
"""

import codecs
import re
from bisect import bisect
from collections import defaultdict
from xml.sax.saxutils import escape, unescape

# "Edited using Generative AI": a photograph, some elements of which (the colors) a model trained on samples has made.
# The milder term algorithmicallyEnhanced is for what leaves the content as it was, such as taking noise away.
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

_ORIENTATION = re.compile(rb"""(tiff:Orientation(?:\s*=\s*["']|\s*>\s*))[2-8]""")
_END = re.compile(rb"</([\w.-]+):RDF\s*>")
_NOTHING = re.compile(rb"<([\w.-]+):RDF(\s[^<>]*)?/>")
_ABOUT = re.compile(rb"""\s[\w.-]+:about\s*=\s*("[^"<]*"|'[^'<]*')""")
_STATEMENT = (
    b"<%(rdf)s:Description %(rdf)s:about=%(about)s"
    b' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
    b"<Iptc4xmpExt:DigitalSourceType>%(type)s</Iptc4xmpExt:DigitalSourceType>"
    b"<Iptc4xmpExt:AISystemUsed>%(maker)s</Iptc4xmpExt:AISystemUsed>"
    b"</%(rdf)s:Description>"
)
_OURS = re.compile(  # such a statement, its maker in the group
    _STATEMENT % {b"rdf": rb"[\w.-]+", b"about": rb"[^<>]+", b"type": rb"[^<]*", b"maker": rb"([^<]*)"}
)
_EMPTY = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


class _Property:
    """Properties of any prefix whose names match, in all ways in which RDF writes them: element and attribute.

    Each form is searched for once, so that time grows with the packet's length and no faster.
    """

    def __init__(self, names: bytes) -> None:
        self._opening = re.compile(rb"<([\w.-]+:" + names + rb")(?:\s[^<>]*|/)?>")
        self._closing = re.compile(rb"</([\w.-]+:" + names + rb")\s*>")
        self._attribute = re.compile(rb"\s[\w.-]+:" + names + rb"""\s*=\s*(?:"[^"<]*"|'[^'<]*')""")

    def cut(self, xmp: bytes) -> bytes:
        """The packet without them."""
        ends = defaultdict[bytes, list[int]](list)
        for closing in self._closing.finditer(xmp):
            ends[closing[1]].append(closing.end())
        kept, start = list[bytes](), 0
        for opening in self._opening.finditer(xmp):
            stop = opening.end()
            if not opening[0].endswith(b"/>"):
                after = bisect(ends[opening[1]], stop)
                stop = ends[opening[1]][after] if after < len(ends[opening[1]]) else 0
            if opening.start() >= start and stop:
                kept.append(xmp[start : opening.start()])
                start = stop
        return self._attribute.sub(b"", b"".join([*kept, xmp[start:]]))


_PLACES = _Property(rb"(?i:gps)[A-Z]\w*")  # exif:GPSLatitude, but drone-dji:GpsLatitude too
_SOURCE = _Property(rb"(?:DigitalSourceType|AISystemUsed)")
_EXTENSION = _Property(rb"HasExtendedXMP")  # points to segments of a JPEG that are not carried along


def upright(xmp: bytes) -> bytes:
    """The packet in UTF-8 for pixels that were turned upright, without the pointer to a second packet."""
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        if xmp.startswith(mark):
            xmp = xmp.decode("utf-16", "replace").encode()
    return _EXTENSION.cut(_ORIENTATION.sub(rb"\g<1>1", xmp))


def without_places(xmp: bytes) -> bytes:
    """The packet without GPS properties, those of nested locations included. Names of cities stay."""
    return _PLACES.cut(xmp)


def disclosed(xmp: bytes, maker: str) -> bytes:
    """The packet, or a new one, that says: edited by a trained model, namely `maker`."""
    packet = _SOURCE.cut(_OURS.sub(b"", xmp)) if xmp.strip() else _EMPTY
    packet = _NOTHING.sub(rb"<\1:RDF\2></\1:RDF>", packet)
    ends = list(_END.finditer(packet))
    if not ends:
        return xmp  # not XMP, whatever it is
    about = _ABOUT.search(packet)
    statement = _STATEMENT % {
        b"rdf": ends[-1][1],
        b"about": about[1] if about else b'""',
        b"type": SOURCE_TYPE.encode(),
        b"maker": escape(maker).encode(),
    }
    return packet[: ends[-1].start()] + statement + packet[ends[-1].start() :]


def statement_of(xmp: bytes) -> bytes:
    """A packet with nothing but this one's statement about the colors; b"" if it has none."""
    maker = _OURS.search(xmp)
    return disclosed(b"", unescape(maker[1].decode())) if maker else b""


def without_padding(xmp: bytes) -> bytes:
    """The packet without the blanks that editors leave at its end for later use."""
    end = xmp.rfind(b"<?xpacket end")
    return xmp if end < 0 else xmp[:end].rstrip() + b"\n" + xmp[end:]
