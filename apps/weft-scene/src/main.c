/* main.c - weft-scene: scene files to pictures and digests. */
#include "base/attr.h"
#include "weft_scene.h"

int main(int argc, char **argv) {
    static const struct cli_subcommand commands[] = {
        { "render", "paint a scene into a PNG", scene_command_render },
        { "hash", "SHA-256 of the pixels of scenes", scene_command_hash },
    };
    return cli_dispatch("weft-scene", "Paint scene files: pictures, text, gradients, shadows.",
                        commands, COUNT_OF(commands), argc, argv);
}
