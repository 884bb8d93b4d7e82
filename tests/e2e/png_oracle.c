/*
 * png_oracle.c - a PNG's pixels by libpng, to judge weft-image.
 *
 * Writes the raw RGBA rows to standard output and "WIDTHxHEIGHT" to standard error;
 * exit 1 when libpng refuses the file.  Shares no code with Weft.
 */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    png_structp png;
    png_infop info;
    png_bytep *rows;
    png_bytep pixels;
};

static void ask_for_rgba8(const struct reader *reader) {
    png_set_expand(reader->png);
    png_set_scale_16(reader->png);
    png_set_gray_to_rgb(reader->png);
    png_set_add_alpha(reader->png, 255, PNG_FILLER_AFTER);
    png_set_interlace_handling(reader->png);
    png_read_update_info(reader->png, reader->info);
}

/* Rows of 4 * width bytes, or exit 1. */
static void read_all(struct reader *reader, FILE *file) {
    if (setjmp(png_jmpbuf(reader->png)) != 0) {
        exit(1);
    }
    png_init_io(reader->png, file);
    png_read_info(reader->png, reader->info);
    ask_for_rgba8(reader);
    size_t width = png_get_image_width(reader->png, reader->info);
    size_t height = png_get_image_height(reader->png, reader->info);
    reader->pixels = malloc(4 * width * height);
    reader->rows = malloc(height * sizeof(*reader->rows));
    if (reader->pixels == NULL || reader->rows == NULL) {
        exit(1);
    }
    for (size_t y = 0; y < height; y++) {
        reader->rows[y] = reader->pixels + 4 * width * y;
    }
    png_read_image(reader->png, reader->rows);
    png_read_end(reader->png, NULL);
}

static void be_silent(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

int main(int argc, char **argv) {
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (file == NULL) {
        fprintf(stderr, "usage: png_oracle FILE >RAW-RGBA\n");
        return 2;
    }
    struct reader reader = { 0 };
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, be_silent);
    reader.info = png_create_info_struct(reader.png);
    read_all(&reader, file);
    fwrite(reader.pixels, 4 * png_get_image_width(reader.png, reader.info),
           png_get_image_height(reader.png, reader.info), stdout);
    fprintf(stderr, "%ux%u\n", (unsigned)png_get_image_width(reader.png, reader.info),
            (unsigned)png_get_image_height(reader.png, reader.info));
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    free(reader.rows);
    free(reader.pixels);
    fclose(file);
    return fflush(stdout) == 0 ? 0 : 1;
}
