#!/usr/bin/env python3
"""read_index.py FOLDER - print an index, read by nothing but docs/formats/index.md.

A second reader, in another language, of the same pages: what it prints is compared
by format_test.c with what the documents say.  One line a term and document:

    TERM TAB ID TAB POSITION,POSITION,...

of a canonical index (one segment, no log), terms and ids in file order.
"""
import struct
import sys
from pathlib import Path


class Bytes:
    """Reads front to back."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, count):
        self.at += count
        assert self.at <= len(self.data)
        return self.data[self.at - count:self.at]

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value


def bit_string(data, count, width):
    bits = int.from_bytes(data, "little")
    return [bits >> (i * width) & ((1 << width) - 1) for i in range(count)]


def pack(source, count):
    head = source.take(1)[0]
    width, exceptions, high = head & 0x3F, 0, 0
    if head & 0x80:
        exceptions, high = source.take(2)
    if count == 128:
        data = source.take(16 * width)
        lanes = [b"".join(data[16 * k + 4 * lane:16 * k + 4 * lane + 4] for k in range(width))
                 for lane in range(4)]
        strings = [bit_string(lane, 32, width) for lane in lanes]
        values = [strings[i % 4][i // 4] for i in range(128)]
    else:
        values = bit_string(source.take((count * width + 7) // 8), count, width)
    places = source.take(exceptions)
    for place, value in zip(places, bit_string(source.take((exceptions * high + 7) // 8),
                                               exceptions, high)):
        values[place] |= value << width
    return values


def packs(source, count):
    values = []
    while count > 0:
        values += pack(source, min(count, 128))
        count -= min(count, 128)
    return values


def from_gaps(gaps, before=-1):
    values = []
    for gap in gaps:
        before += gap + 1
        values.append(before)
    return values


class Segment:
    PARTS = ("text", "positions", "postings", "terms", "term_index", "documents",
             "document_index", "norms", "sums")

    def __init__(self, data):
        foot = data[-216:]
        assert data[:8] == b"WEFTSEG\n" and foot[-8:] == b"WEFTEND\n"
        for number, name in enumerate(self.PARTS):
            offset, count = struct.unpack_from("<QQ", foot, 16 * number)
            setattr(self, name, data[offset:offset + count])
        self.document_count, _, self.term_count = struct.unpack_from("<IIQ", foot, 144)

    def ids(self):
        source, before = Bytes(self.documents), b""
        for number in range(self.document_count):
            same, more = source.varint(), source.varint()
            assert number % 16 or same == 0
            before = before[:same] + source.take(more)
            source.take(source.varint())          # title
            source.varint()                       # tokens
            source.take(8)                        # fingerprint
            source.varint()                       # text
            yield before

    def blocks(self, count, postings, positions):
        """(document, positions) of a list of more than one document."""
        source, before = Bytes(postings), -1
        block_count = (count + 127) // 128
        offsets = [0]
        if block_count > 1:
            table = len(postings) - 16 * block_count - 8
            offsets = struct.unpack_from(f"<{block_count}I", postings, table + 8 * block_count)
        for block in range(block_count):
            here = min(128, count - 128 * block)
            documents = from_gaps(pack(source, here), before)
            frequencies = [value + 1 for value in pack(source, here)]
            gaps = packs(Bytes(positions, offsets[block]), sum(frequencies))
            for document, frequency in zip(documents, frequencies):
                yield document, from_gaps(gaps[:frequency])
                gaps = gaps[frequency:]
            before = documents[-1]

    def lists(self):
        source, term = Bytes(self.terms), b""
        postings = positions = 0
        for number in range(self.term_count):
            if number % 32 == 0:
                assert struct.unpack_from("<Q", self.term_index, number // 4)[0] == source.at
                assert (source.varint(), source.varint()) == (postings, positions)
            same, more = source.varint(), source.varint()
            term = term[:same] + source.take(more)
            count = source.varint()
            if count == 1:
                document, frequency, last = source.varint(), source.varint(), source.varint()
                if frequency == 1:
                    yield term, [(document, [last])]
                    continue
                gaps = packs(Bytes(self.positions, positions), frequency)
                yield term, [(document, from_gaps(gaps))]
                positions += last
                continue
            list_bytes, position_bytes = source.varint(), source.varint()
            yield term, list(self.blocks(count, self.postings[postings:postings + list_bytes],
                                         self.positions[positions:positions + position_bytes]))
            postings += list_bytes
            positions += position_bytes


def main():
    folder = Path(sys.argv[1])
    files = list(folder.glob("*.seg"))
    manifest = (folder / "manifest").read_bytes()
    assert manifest[:8] == b"WEFTIDX\n" and struct.unpack_from("<I", manifest, 28)[0] == 1
    assert len(files) == 1 and files[0].name == manifest[32:48].hex() + ".seg"
    segment = Segment(files[0].read_bytes())
    ids = [name.decode() for name in segment.ids()]
    for term, postings in segment.lists():
        for document, positions in postings:
            print(term.decode(), ids[document], ",".join(map(str, positions)), sep="\t")


main()
