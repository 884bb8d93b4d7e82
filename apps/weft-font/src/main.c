/* main.c - weft-font: look at fonts, draw their glyphs, set lines of text. */
#include "base/attr.h"
#include "weft_font.h"

int main(int argc, char **argv) {
    static const struct cli_subcommand commands[] = {
        { "info", "names, sizes and counts of fonts", font_command_info },
        { "hash", "SHA-256 of the coverage and metrics of a range of characters",
          font_command_hash },
        { "atlas", "draw a range of characters into one picture", font_command_atlas },
        { "text", "set a line of text and draw it", font_command_text },
    };
    return cli_dispatch("weft-font", "Look at TrueType and OpenType fonts and draw with them.",
                        commands, COUNT_OF(commands), argc, argv);
}
