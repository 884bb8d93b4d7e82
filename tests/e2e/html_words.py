#!/usr/bin/env python3
"""html_words.py PROGRAM FILE... - do PROGRAM's words of each page equal Python's?

Python's html.parser only cuts a page into tags and text, so this is a judge for pages that
close what they open, as written documentation does; it shares no code with gumbo.  Prints TAP.
"""
import html.parser
import subprocess
import sys

BLOCKS = set("""address article aside blockquote body br button caption center dd details dir div
dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing
main menu nav ol optgroup option p plaintext pre section select summary table tbody td textarea
tfoot th thead tr ul xmp head html title""".split())
DROPPED = set("applet iframe noembed noframes object script style template".split())
HEAD_NOISE = set("base link meta noscript".split())


class Words(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.text = []
        self.title = []
        self.dropped = 0
        self.in_title = False
        self.has_title = False

    def handle_starttag(self, tag, attributes):
        if tag in DROPPED:
            self.dropped += 1
        if tag in BLOCKS:
            self.text.append("\n")
        if tag == "title" and not self.has_title:
            self.in_title = True

    def handle_startendtag(self, tag, attributes):
        # In HTML the slash means nothing.
        self.handle_starttag(tag, attributes)
        if tag in ("script", "style"):
            self.set_cdata_mode(tag)

    def handle_endtag(self, tag):
        if tag in DROPPED and self.dropped:
            self.dropped -= 1
        if tag in BLOCKS:
            self.text.append("\n")
        if tag == "title":
            self.in_title = False
            self.has_title = True

    def handle_data(self, data):
        if self.in_title:
            self.title.append(data)
        elif not self.dropped:
            self.text.append(data)


def words(text):
    for space in "\u00a0\t\n\f\r":
        text = text.replace(space, " ")
    return [word for word in text.split(" ") if word]


def wanted(path):
    with open(path, "rb") as file:
        data = file.read()
    parser = Words()
    parser.feed(data.decode("utf-8", "replace").removeprefix("\ufeff").replace("\0", ""))
    parser.close()
    return words("".join(parser.title)), words("".join(parser.text))


def main():
    program, paths = sys.argv[1], sys.argv[2:]
    failed = 0
    for number, path in enumerate(paths, 1):
        run = subprocess.run([program, "1", path], capture_output=True, check=False)
        title, _, text = run.stdout.decode("utf-8").partition("\n\n")
        have = (words(title), words(text))
        want = wanted(path)
        good = run.returncode == 0 and have == want
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {path}")
        if not good:
            for mine, other in zip(want, have):
                at = next((i for i, (a, b) in enumerate(zip(mine, other)) if a != b),
                          min(len(mine), len(other)))
                print(f"# want {' '.join(mine[max(0, at - 3):at + 6])}")
                print(f"# have {' '.join(other[max(0, at - 3):at + 6])}")
    print(f"1..{len(paths)}")
    return 1 if failed else 0


sys.exit(main())
