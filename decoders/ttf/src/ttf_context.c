/*
 * ttf_context.c - FreeType for one worker at a time, with our allocator under it.
 *
 * FT_Init_FreeType() is avoided: it reads settings from the environment.  Drivers
 * that an outline font never needs are removed, so that a mutated header cannot
 * reach their parsers.
 */
#include "base/assert.h"
#include "sync/memory.h"
#include "ttf_impl.h"

/* Sits before every piece given to FreeType, whose free() does not tell the size. */
struct piece {
    _Alignas(16) size_t byte_count;
};

static bool may_grow(struct ttf_context *context, uint64_t more_bytes) {
    if (more_bytes <= context->limit_bytes &&
        context->live_bytes <= context->limit_bytes - more_bytes) {
        return true;
    }
    context->starved = true;
    context->over_limit = true;
    return false;
}

static void *memory_alloc(FT_Memory memory, long byte_count) {
    struct ttf_context *context = memory->user;
    size_t bytes = (size_t)byte_count;
    if (!may_grow(context, bytes)) {
        return NULL;
    }
    struct piece *piece = sync_alloc(sizeof(*piece) + bytes);
    if (piece == NULL) {
        context->starved = true;
        return NULL;
    }
    piece->byte_count = bytes;
    context->live_bytes += bytes;
    return piece + 1;
}

static void memory_free(FT_Memory memory, void *block) {
    struct ttf_context *context = memory->user;
    struct piece *piece = (struct piece *)block - 1;
    context->live_bytes -= piece->byte_count;
    sync_free(piece);
}

static void *memory_resize(FT_Memory memory, long old_count, long new_count, void *block) {
    struct ttf_context *context = memory->user;
    struct piece *piece = (struct piece *)block - 1;
    size_t bytes = (size_t)new_count;
    (void)old_count;
    if (bytes > piece->byte_count && !may_grow(context, bytes - piece->byte_count)) {
        return NULL;
    }
    size_t before = piece->byte_count;
    piece = sync_resize(piece, sizeof(*piece) + bytes);
    if (piece == NULL) {
        context->starved = true;
        return NULL;
    }
    context->live_bytes += bytes;
    context->live_bytes -= before;
    piece->byte_count = bytes;
    return piece + 1;
}

enum status ttf_context_status(struct ttf_context *context, FT_Error error, uint64_t offset,
                               struct diag *diag) {
    bool starved = context->starved;
    bool over_limit = context->over_limit;
    context->starved = false;
    context->over_limit = false;
    if (starved && over_limit) {
        return diag_fail(diag, STATUS_LIMIT, offset, "font needs more memory than allowed");
    }
    if (starved) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
    }
    switch (FT_ERROR_BASE(error)) {
    case FT_Err_Ok:
        return STATUS_OK;
    case FT_Err_Raster_Overflow:
    case FT_Err_Array_Too_Large:
        return diag_fail(diag, STATUS_LIMIT, offset, "outline too large to draw");
    case FT_Err_Out_Of_Memory:
        return diag_fail(diag, STATUS_LIMIT, offset, "font asks for an impossible size");
    case FT_Err_Unimplemented_Feature:
        return diag_fail(diag, STATUS_UNSUPPORTED, offset, "font uses an unknown feature");
    default:
        return diag_fail(diag, STATUS_BAD_DATA, offset, "malformed font data");
    }
}

/* Leave the drivers of outline fonts and the one rasteriser we use. */
static void remove_modules(FT_Library library) {
    static const char *const names[] = { "autofitter", "type1", "t1cid", "pfr",
                                         "type42", "winfonts", "pcf", "bdf",
                                         "raster1", "sdf", "bsdf", "ot-svg" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        FT_Module module = FT_Get_Module(library, names[i]);
        if (module != NULL) {
            (void)FT_Remove_Module(library, module);   /* fails only for a NULL argument */
        }
    }
}

static FT_Error open_library(struct ttf_context *context) {
    FT_Error error = FT_New_Library(&context->memory, &context->library);
    if (error != 0) {
        return error;
    }
    FT_Add_Default_Modules(context->library);
    remove_modules(context->library);
    /*
     * By default the CFF driver seeds the charstring operator `random` from
     * addresses.  0 means the seed written in the font.
     */
    FT_Int32 seed = 0;
    return FT_Property_Set(context->library, "cff", "random-seed", &seed);
}

static FT_Error open_face(const struct ttf_font *font, struct ttf_context *context) {
    context->size_26_6 = 0;
    context->has_rolled = false;
    return FT_New_Memory_Face(context->library, font->sfnt.bytes, (FT_Long)font->sfnt.byte_count,
                              (FT_Long)font->face_index, &context->face);
}

static void context_destroy(struct ttf_context *context) {
    if (context == NULL) {
        return;
    }
    if (context->library != NULL) {
        FT_Done_Library(context->library);   /* closes the face too */
    }
    ASSERT(context->live_bytes == 0);
    sync_free(context);
}

static enum status context_create(const struct ttf_font *font, struct ttf_context **out_context,
                                  struct diag *diag) {
    *out_context = NULL;
    struct ttf_context *context = sync_alloc_zero(1, sizeof(*context));
    if (context == NULL) {
        return diag_fail(diag, STATUS_NO_MEMORY, DIAG_NO_OFFSET, "no memory");
    }
    context->memory = (struct FT_MemoryRec_){ .user = context, .alloc = memory_alloc,
                                              .free = memory_free, .realloc = memory_resize };
    context->limit_bytes = font->limits.memory_bytes;
    FT_Error error = open_library(context);
    if (error == 0) {
        error = open_face(font, context);
    }
    enum status status = ttf_context_status(context, error, 0, diag);
    if (status != STATUS_OK) {
        context_destroy(context);
        return status;
    }
    *out_context = context;
    return STATUS_OK;
}

enum status ttf_contexts_ensure(struct ttf_font *font, const struct workpool *pool,
                                struct diag *diag) {
    uint32_t wanted = workpool_workers(pool);
    ASSERT(wanted <= WORKPOOL_WORKERS_MAX);
    while (font->context_count < wanted) {
        struct ttf_context *context;
        enum status status = context_create(font, &context, diag);
        if (status != STATUS_OK) {
            return status;
        }
        font->contexts[font->context_count++] = context;
        ttf_context_give(font, context);
    }
    return STATUS_OK;
}

void ttf_contexts_destroy(struct ttf_font *font) {
    for (uint32_t i = 0; i < font->context_count; i++) {
        context_destroy(font->contexts[i]);
    }
    font->context_count = 0;
    font->free = NULL;
}

struct ttf_context *ttf_context_take(struct ttf_font *font) {
    sync_mutex_lock(&font->mutex);
    struct ttf_context *context = font->free;
    ASSERT(context != NULL);
    font->free = context->next;
    sync_mutex_unlock(&font->mutex);
    return context;
}

void ttf_context_give(struct ttf_font *font, struct ttf_context *context) {
    sync_mutex_lock(&font->mutex);
    context->next = font->free;
    font->free = context;
    sync_mutex_unlock(&font->mutex);
}

static FT_Error set_size(struct ttf_context *context, uint32_t size_26_6) {
    if (size_26_6 == 0 || context->size_26_6 == size_26_6) {
        return 0;
    }
    /* 72 dots an inch make a point a pixel. */
    FT_Error error = FT_Set_Char_Size(context->face, 0, (FT_F26Dot6)size_26_6, 72, 72);
    context->size_26_6 = error == 0 ? size_26_6 : 0;
    return error;
}

enum status ttf_context_begin(struct ttf_font *font, struct ttf_context *context,
                              uint32_t size_26_6, struct diag *diag) {
    context->is_unscaled = size_26_6 == 0;
    /* A face is missing when its renewal failed. */
    FT_Error error = context->face == NULL ? open_face(font, context) : 0;
    if (error == 0) {
        error = set_size(context, size_26_6);
    }
    return ttf_context_status(context, error, font->sfnt.head.offset, diag);
}

enum status ttf_context_renew(struct ttf_font *font, struct ttf_context *context,
                              struct diag *diag) {
    FT_Error error = 0;
    if (context->has_rolled) {
        uint32_t size_26_6 = context->size_26_6;
        FT_Done_Face(context->face);
        context->face = NULL;
        error = open_face(font, context);
        if (error == 0) {
            error = set_size(context, size_26_6);
        }
    }
    context->has_rolled = true;
    return ttf_context_status(context, error, font->sfnt.head.offset, diag);
}
