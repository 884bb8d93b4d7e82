/* source_elf.c - the program's own ELF file: its build and its symbols. */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "source_impl.h"

/* ---- the program as it was loaded --------------------------------------------------- */

struct loaded {
    uintptr_t base;
    uintptr_t end;
    uint32_t build;      /* 0: no build-id */
};

static uint32_t build_of_notes(const uint8_t *at, size_t count) {
    while (count >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, at, sizeof(note));
        size_t name = (note.n_namesz + 3u) & ~(size_t)3;
        size_t value = (note.n_descsz + 3u) & ~(size_t)3;
        if (name > count - sizeof(note) || value > count - sizeof(note) - name) {
            break;
        }
        const uint8_t *id = at + sizeof(note) + name;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && note.n_descsz >= 4 &&
            memcmp(at + sizeof(note), "GNU", 4) == 0) {
            return (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
        }
        at = id + value;
        count -= sizeof(note) + name + value;
    }
    return 0;
}

/* The first object is the program. */
static int look_at_program(struct dl_phdr_info *info, size_t size, void *context) {
    struct loaded *loaded = context;
    (void)size;
    loaded->base = info->dlpi_addr;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && begin + header->p_memsz > loaded->end) {
            loaded->end = begin + header->p_memsz;
        }
        if (header->p_type == PT_NOTE && loaded->build == 0) {
            loaded->build = build_of_notes((const uint8_t *)begin, header->p_memsz);
        }
    }
    return 1;
}

static const struct loaded *loaded_program(void) {
    static struct loaded loaded;
    if (loaded.end == 0) {
        dl_iterate_phdr(look_at_program, &loaded);
    }
    return &loaded;
}

uintptr_t source_base_address(void) {
    return loaded_program()->base;
}

bool source_is_program(uintptr_t address) {
    return address >= loaded_program()->base && address < loaded_program()->end;
}

/* ---- its file ----------------------------------------------------------------------- */

struct elf {
    const uint8_t *bytes;
    size_t count;
    const ElfW(Sym) *symbols;
    size_t symbol_count;
    const char *strings;
    size_t string_bytes;
};

static bool map_program(struct elf *elf) {
    struct stat status;
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    if (fstat(file, &status) == 0 && status.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (bytes != MAP_FAILED) {
            elf->bytes = bytes;
            elf->count = (size_t)status.st_size;
        }
    }
    close(file);
    return elf->bytes != NULL;
}

static bool is_inside(const struct elf *elf, uint64_t offset, uint64_t count) {
    return offset <= elf->count && count <= elf->count - offset && offset % 8 == 0;
}

/* The symbol table and its strings; the file is ours, but may have been stripped. */
static void find_symbols(struct elf *elf) {
    const ElfW(Ehdr) *head = (const ElfW(Ehdr) *)(const void *)elf->bytes;
    if (elf->count < sizeof(*head) || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        !is_inside(elf, head->e_shoff, (uint64_t)head->e_shnum * sizeof(ElfW(Shdr)))) {
        return;
    }
    const ElfW(Shdr) *sections = (const ElfW(Shdr) *)(const void *)(elf->bytes + head->e_shoff);
    for (size_t i = 0; i < head->e_shnum; i++) {
        const ElfW(Shdr) *section = &sections[i];
        if (section->sh_type != SHT_SYMTAB || section->sh_link >= head->e_shnum ||
            !is_inside(elf, section->sh_offset, section->sh_size)) {
            continue;
        }
        const ElfW(Shdr) *strings = &sections[section->sh_link];
        if (strings->sh_offset > elf->count || strings->sh_size == 0 ||
            strings->sh_size > elf->count - strings->sh_offset) {
            continue;
        }
        elf->symbols = (const ElfW(Sym) *)(const void *)(elf->bytes + section->sh_offset);
        elf->symbol_count = section->sh_size / sizeof(ElfW(Sym));
        elf->strings = (const char *)elf->bytes + strings->sh_offset;
        elf->string_bytes = strings->sh_size;
    }
}

static const struct elf *program_file(void) {
    static struct elf elf;
    static bool was_tried;
    if (!was_tried) {
        was_tried = true;
        if (map_program(&elf)) {
            find_symbols(&elf);
        }
    }
    return &elf;
}

bool source_symbol(const void *address, char *out_name, size_t room) {
    const struct elf *elf = program_file();
    if (!source_is_program((uintptr_t)address)) {
        return false;
    }
    uint64_t value = (uintptr_t)address - source_base_address();
    for (size_t i = 0; i < elf->symbol_count; i++) {
        const ElfW(Sym) *symbol = &elf->symbols[i];
        unsigned type = symbol->st_info & 15;
        if ((type != STT_OBJECT && type != STT_FUNC) || symbol->st_shndx == SHN_UNDEF ||
            symbol->st_name >= elf->string_bytes || value < symbol->st_value ||
            value - symbol->st_value >= (symbol->st_size > 0 ? symbol->st_size : 1)) {
            continue;
        }
        const char *name = elf->strings + symbol->st_name;
        size_t room_left = elf->string_bytes - symbol->st_name;
        int count = (int)strcspn(name, ".");   /* the compiler adds ".cold", ".part.0" */
        if (memchr(name, '\0', room_left) == NULL || count == 0) {
            continue;
        }
        uint64_t inside = value - symbol->st_value;
        if (inside == 0 || type == STT_FUNC) {
            snprintf(out_name, room, "%.*s", count, name);
        } else {
            snprintf(out_name, room, "%.*s+%llu", count, name, (unsigned long long)inside);
        }
        return true;
    }
    return false;
}

uint32_t source_build(void) {
    static uint32_t build;
    if (build == 0) {
        build = loaded_program()->build;
    }
    if (build == 0) {   /* linked without a build-id: the whole file names the build */
        const struct elf *elf = program_file();
        uint64_t digest = hash_64(elf->bytes, elf->count, 0);
        build = (uint32_t)(digest >> 32) | 1;
    }
    return build;
}
