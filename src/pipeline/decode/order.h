/*
 * The frames inside a decoder, and the order in which they leave: display
 * order, each exactly once. Pure bookkeeping; knows no decoder.
 *
 * Packets go in in decode order and get a growing id. A picture comes out under
 * the id of its packet. Some packets never give a picture: they leave as
 * `corrupt` as soon as a picture that is shown after them came out, for by then
 * theirs cannot come any more. Where the medium does not say when its pictures
 * are shown, they leave once more pictures went by than a codec can reorder, and
 * each gets the least decoding time inside, for those are the same times in order.
 * Times that lie (a picture comes out after one that should be shown behind it) are
 * found out by that, and from then on the medium counts as one that does not say.
 */
#ifndef WEIR_PIPELINE_DECODE_ORDER_H
#define WEIR_PIPELINE_DECODE_ORDER_H

#include "media/media.h"

/* More than any codec holds back (16 reference pictures and as many on their way). */
enum { ORDER_MAX = 64, ORDER_OVERTAKEN_MAX = 32, ORDER_TOO_LATE_MAX = 4 };

struct order_entry {
    struct weir_frame *frame;
    int64_t id, dts_ns;
    int overtaken; /* by so many pictures of later packets */
    bool settled; /* no picture is awaited: it leaves when its turn comes */
};

struct order {
    struct order_entry inside[ORDER_MAX]; /* by id */
    size_t len;
    struct weir_frame *head, *tail; /* left, with seq, waiting to be pulled */
    int64_t next_seq;
    int too_late; /* pictures that came after their frame had been given up */
    bool distrusted; /* the times of the medium */
    int64_t lost[ORDER_MAX]; /* 1 + id of those that left without a picture, at id % ORDER_MAX */
};

/* Frees what is still inside and what nobody pulled. */
void order_done(struct order *order);

/* Takes frame in under an id above all others. Where there is no room the first
 * in display order leaves as corrupt. A frame that has an outcome or a
 * picture is settled.
 * dts_ns: -1 unknown. */
void order_enter(struct order *order, struct weir_frame *frame, int64_t id, int64_t dts_ns);
/* The frame of an id while it is inside, else NULL. */
struct weir_frame *order_find(const struct order *order, int64_t id);
/* The packet was refused: id leaves as corrupt, unless a picture comes after all. */
void order_give_up(struct order *order, int64_t id);
/*
 * The picture of id came out: the frame's image or outcome is set already.
 * Those shown before it leave first. in_order: the decoder holds nothing back,
 * so that everything older is lost whatever its time says.
 */
void order_leave(struct order *order, int64_t id, bool in_order);
/* The picture of id came out, but no frame of that id is inside. Where its frame was
 * given up as lost, the times of the medium may be wrong: when it happens again and again
 * they are not believed any more. */
void order_too_late(struct order *order, int64_t id);
/* The decoder is empty: everything inside leaves, without a picture as corrupt. */
void order_flush(struct order *order);
/* The next frame that left; NULL if there is none. */
struct weir_frame *order_pop(struct order *order);

#endif
