"""Lines of a file, plain or gzipped, a piece at a time."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Protocol

from metaedu_plugin.capture.importing.errors import ImportFailed

CHUNK = 1 << 18
PIECE = 1 << 13
"""Compressed bytes at a time: what a damaged file loses before the damage."""
LONGEST_LINE = 64 << 20
GZIP = b"\x1f\x8b"

Progress = Callable[[int, int], None]
"""Called with the bytes read and the bytes of the file."""


class Decoder(Protocol):
    """Of a character encoding, fed piece by piece."""

    def decode(self, data: bytes, final: bool = False) -> str:
        """The characters that are whole by now."""


class Source:
    """A file read front to back; `cut` says, after reading, why a gzipped file ended too early."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self.path = path
        self.cut = ""
        self._progress = progress or (lambda done, total: None)
        try:
            self._total = path.stat().st_size
            with path.open("rb") as file:
                self._gzipped = file.read(2) == GZIP
        except OSError as error:
            raise ImportFailed(f"{path}: {error.strerror}; check the path and its rights") from error

    def chunks(self) -> Iterator[bytes]:
        """The content, decompressed."""
        with self.path.open("rb") as file:
            yield from self._unzipped(file) if self._gzipped else self._raw(file)

    def lines(self, encoding: str | None = None) -> Iterator[bytes]:
        """UTF-8 lines without their ends; raises ImportFailed where the text is not in the encoding."""
        chunks = self.chunks() if encoding is None else (text.encode() for text in self.texts(encoding))
        for line in _split(chunks, self.path):
            yield line.removesuffix(b"\n")

    def text_lines(self, encoding: str) -> Iterator[str]:
        """Decoded lines with their ends."""
        for line in _split((text.encode() for text in self.texts(encoding)), self.path):
            yield line.decode()

    def texts(self, encoding: str) -> Iterator[str]:
        """The content decoded; raises ImportFailed where that is impossible."""
        decoder = _decoder(encoding)
        try:
            for chunk in self.chunks():
                yield decoder.decode(chunk)
            yield decoder.decode(b"", final=not self.cut)
        except UnicodeError as error:
            name = "UTF-8" if encoding == "utf-8-sig" else encoding
            why = getattr(error, "reason", error)
            message = f"{self.path}: the text is not {name} ({why}); name its encoding, e.g. --encoding latin-1"
            raise ImportFailed(message) from error

    def _raw(self, file: IO[bytes]) -> Iterator[bytes]:
        while chunk := file.read(CHUNK):
            self._progress(file.tell(), self._total)
            yield chunk

    def _unzipped(self, file: IO[bytes]) -> Iterator[bytes]:
        """All members, one after the other; whatever comes before the damage is kept."""
        unzip = zlib.decompressobj(wbits=31)
        self.cut = "it is cut short"
        for packed in self._raw(file):
            for start in range(0, len(packed), PIECE):
                rest = packed[start : start + PIECE]
                while rest:
                    if unzip.eof:
                        unzip = zlib.decompressobj(wbits=31)
                    try:
                        yield unzip.decompress(rest)
                    except zlib.error as error:
                        self.cut = f"it is damaged ({error})"
                        return
                    rest = unzip.unused_data.lstrip(b"\0")
        if unzip.eof:
            self.cut = ""


def _decoder(encoding: str) -> Decoder:
    try:
        return codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise ImportFailed(f"--encoding {encoding}: there is no such encoding") from None


def _split(chunks: Iterator[bytes], path: Path) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"
        if len(rest) > LONGEST_LINE:
            raise ImportFailed(f"{path}: no line end within {LONGEST_LINE >> 20} MB, this is not a text file of lines")
    if rest:
        yield rest
