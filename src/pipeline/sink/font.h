/*
 * Text as masks: the system's sans-serif face, anti-aliased, rendered by Cairo
 * and kept for the next frame, which mostly says the same. One thread at a time.
 */
#ifndef WEIR_PIPELINE_SINK_FONT_H
#define WEIR_PIPELINE_SINK_FONT_H

#include "pipeline/sink/draw.h"

struct weir_font;

/* NULL: no memory. */
struct weir_font *weir_font_new(double size_px, bool bold);
void weir_font_free(struct weir_font *font);
/* Height of every mask, in pixels. */
int weir_font_height(const struct weir_font *font);
/*
 * One line of UTF-8 as a mask, cut to its advance; bad bytes show as "?". Good
 * until the next call; owned by font. NULL: no memory.
 */
const struct weir_mask *weir_font_text(struct weir_font *font, const char *text);

#endif
