#include "pipeline/sink/text.h"

enum { PIECE_BYTES = 64 * 1024 };

static int write_out(struct weir_text *text, struct weir_error *err) {
    int rc = text->buf.len ? weir_file_write(text->file, text->buf.data, text->buf.len, err) : 0;
    weir_buf_reset(&text->buf);
    return rc;
}

int weir_text_open(struct weir_text *text, const char *path, struct weir_error *err) {
    *text = (struct weir_text){0};
    return weir_file_create(path, &text->file, err);
}

int weir_text_end_record(struct weir_text *text, size_t mark, struct weir_error *err) {
    struct weir_buf *buf = &text->buf;
    if (buf->failed) {
        buf->failed = false;
        buf->len = mark;
        if (buf->data)
            buf->data[mark] = '\0';
        return weir_fail(err, WEIR_ENOMEM, "no memory for a record");
    }
    return buf->len >= PIECE_BYTES ? write_out(text, err) : 0;
}

int weir_text_commit(struct weir_text *text, struct weir_error *err) {
    int rc = text->buf.failed ? weir_fail(err, WEIR_ENOMEM, "no memory for the end of a file")
                              : write_out(text, err);
    if (rc) {
        weir_file_discard(text->file);
        text->file = NULL;
        return rc;
    }
    return weir_file_commit(&text->file, err);
}

void weir_text_done(struct weir_text *text) {
    weir_file_discard(text->file);
    weir_buf_done(&text->buf);
    *text = (struct weir_text){0};
}
