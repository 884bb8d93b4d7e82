/* print.c - hits for people and for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "indexer_cli.h"

enum { SCORE_ONE = 65536 };

void print_text(const char *text, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (byte < ' ' || byte == 0x7f) {
            printf("\\x%02x", byte);
        } else {
            putchar(byte);
        }
    }
}

/* Thousandths rounded down, by integers. */
void print_score(uint64_t score) {
    printf("%" PRIu64 ".%03" PRIu64, score / SCORE_ONE, score % SCORE_ONE * 1000 / SCORE_ONE);
}

static void print_part(const struct search_part *part) {
    printf("      ");
    print_score(part->score);
    printf("  %s  %" PRIu32 " time%s here", part->text, part->frequency,
           part->frequency == 1 ? "" : "s");
    if (part->document_count > 0) {
        printf(", in %" PRIu64 " document%s", part->document_count,
               part->document_count == 1 ? "" : "s");
    }
    printf("; %" PRIu32 " * %" PRIu32 " / 65536 = %" PRIu32 "\n", part->weight, part->saturation,
           part->score);
}

static void print_hit(const struct search_hit *hit, uint32_t rank) {
    printf("%3" PRIu32 "  ", rank);
    print_score(hit->score);
    printf("  ");
    print_text(hit->id, hit->id_bytes);
    printf("\n");
    if (hit->title[0] != '\0') {
        printf("     ");
        print_text(hit->title, strlen(hit->title));
        printf("\n");
    }
    if (hit->snippet[0] != '\0') {
        printf("     %s\n", hit->snippet);
    }
    for (uint32_t i = 0; i < hit->part_count; i++) {
        print_part(&hit->parts[i]);
    }
    if (hit->part_count > 0) {
        printf("      %" PRIu32 " words, ranked as %" PRIu32 "; score %" PRIu64 "\n", hit->length,
               hit->ranked_length, hit->score);
    }
}

void print_shell_word(const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./,:+=%@";
    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        printf("%s", word);
        return;
    }
    putchar('\'');
    for (; *word != '\0'; word++) {
        printf(*word == '\'' ? "'\\''" : "%c", *word);
    }
    putchar('\'');
}

void print_hits(const struct search_results *results) {
    for (uint32_t i = 0; i < results->hit_count; i++) {
        print_hit(&results->hits[i], results->first_rank + i);
    }
}

static void print_hit_json(const struct search_hit *hit, uint32_t rank) {
    printf("{\"rank\":%" PRIu32 ",\"id\":", rank);
    cli_json_text(hit->id);
    printf(",\"score\":%" PRIu64 ",\"title\":", hit->score);
    cli_json_text(hit->title);
    if (hit->snippet[0] != '\0') {
        printf(",\"snippet\":");
        cli_json_text(hit->snippet);
    }
    for (uint32_t i = 0; i < hit->part_count; i++) {
        const struct search_part *part = &hit->parts[i];
        printf(i == 0 ? ",\"parts\":[{\"text\":" : ",{\"text\":");
        cli_json_text(part->text);
        printf(",\"frequency\":%" PRIu32 ",\"documents\":%" PRIu64 ",\"weight\":%" PRIu32
               ",\"saturation\":%" PRIu32 ",\"score\":%" PRIu32 "}",
               part->frequency, part->document_count, part->weight, part->saturation,
               part->score);
    }
    printf(hit->part_count > 0 ? "],\"words\":%" PRIu32 "}" : ",\"words\":%" PRIu32 "}",
           hit->length);
}

void print_hits_json(const char *query, const struct search_results *results) {
    printf("{\"query\":");
    cli_json_text(query);
    printf(",\"hits\":[");
    for (uint32_t i = 0; i < results->hit_count; i++) {
        printf(i > 0 ? "," : "");
        print_hit_json(&results->hits[i], results->first_rank + i);
    }
    printf("]");
    if (results->next_page != NULL) {
        printf(",\"next_page\":\"%s\"", results->next_page);
    }
    printf("}\n");
}
