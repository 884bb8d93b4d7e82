# Lines of text: the glyphs and where they are, and the picture drawn from them.
font=/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
"$BIN/weft-font" info $font | sed -n '/engine/p;/glyphs/p'
line() {
    "$BIN/weft-font" text $font "$@" -o line.png --json --workers "$WORKERS"
    "$BIN/weft-image" hash line.png
}
cd "$SCRATCH"
line --size 20 'AVATAR office fjord'
line --size 20 'שלום (12) עולם'
line --size 20 'a שלום b السلام c'
line --size 20 --direction rtl 'abc, שלום!'
line --size 33 'q́ẹ́ Ελληνικά Ж'
line --size 20 --lang sr 'бгд' --ink 204080c0 --paper ffffff00
line --size 20 "$(printf 'bad \377\303 utf-8')"
line --size 20 ''
