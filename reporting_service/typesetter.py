"""One document set by Typst: `python -m reporting_service.typesetter TEMPLATE SECONDS`, data in, PDF out.

A process of its own, because Typst keeps what it has set: its memory goes with it.
"""

import sys
from pathlib import Path

import typst


def main(template: str, made_at_seconds: str) -> None:
    """Read the data (JSON) from standard input and write the PDF to standard output.

    Text in a script that the fonts do not have cannot be PDF/UA: then it is none.
    """
    source, data = Path(template).read_bytes(), sys.stdin.read()

    def set_in_type(*, for_everybody: bool) -> bytes:
        return typst.compile(
            source,
            sys_inputs={"data": data},
            pdf_standards=["ua-1"] if for_everybody else [],
            ignore_system_fonts=True,  # the same bytes on every machine
            timestamp=int(made_at_seconds),
        )

    try:
        made = set_in_type(for_everybody=True)
    except typst.TypstError:
        made = set_in_type(for_everybody=False)
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main(*sys.argv[1:])
