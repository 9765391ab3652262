/*
 * A recorded table, plain or (where it begins as an .xz does) compressed. A plain one whose first
 * byte is odd has its size and checksum put right first, or nothing behind them would be seen. What
 * opens can be looked up everywhere. (A compressed one lies in corpus/table: making one takes more
 * memory than all else here.)
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "sim/sim.h"

/* Where a table's size and sum stand, and where what is summed begins; see sim/table.c. */
enum { SIZE_AT = 24, SUM_AT = 32, BODY_AT = 168, UNPACKED_MAX = 16 << 20 };

static void put_right(uint8_t *table, uint64_t size) {
    uint64_t sum = 0xcbf29ce484222325u;
    for (uint64_t i = BODY_AT; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, table + i, 8);
        sum = (sum ^ word) * 0x100000001b3u;
        sum ^= sum >> 29;
    }
    memcpy(table + SIZE_AT, &size, 8);
    memcpy(table + SUM_AT, &sum, 8);
}

static void look_up(const struct sim_table *t) {
    uint64_t seen = 0;
    for (int clip = 0; clip < t->clips; clip++) {
        FUZZ_HOLDS(memchr(t->clip[clip].name, 0, SIM_TABLE_NAME));
        for (int setting = 0; setting <= t->settings; setting++)
            for (int64_t frame = 0; frame < t->clip[clip].frames; frame++) {
                size_t len;
                const struct sim_table_box *box = sim_table_boxes(t, clip, setting, frame, &len);
                if (setting < t->settings)
                    seen += sim_table_bytes(t, clip, setting, frame);
                for (size_t i = 0; i < len; i++) {
                    FUZZ_HOLDS(box[i].class_id < t->classes);
                    seen += box[i].x1;
                }
            }
    }
    for (int i = 0; i < t->settings; i++)
        FUZZ_HOLDS(t->setting[i].model < t->models && t->setting[i].width);
    for (int i = 0; i < t->classes; i++)
        seen += strlen(t->class_name[i]);
    fuzz_saw(seen);
}

/* Bytes that say they are terabytes must not fill the disk here. */
static void limit_files(void) {
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){UNPACKED_MAX, UNPACKED_MAX});
    setenv("XDG_CACHE_HOME", fuzz_folder(), 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct sim_table table;
    struct weir_error err = {0};
    const char *path;
    if (size >= 5 && !memcmp(data, "\xfd\x37zXZ", 5)) {
        limit_files();
        path = fuzz_file("a.table.xz", data, size);
    } else if (size > BODY_AT && data[0] & 1) {
        uint8_t *copy = malloc(size);
        FUZZ_HOLDS(copy);
        memcpy(copy, data, size);
        put_right(copy, size);
        path = fuzz_file("a.table", copy, size);
        free(copy);
    } else
        path = fuzz_file("a.table", data, size);
    int rc = sim_table_open(path, &table, &err);
    if (rc) {
        FUZZ_HOLDS(rc == err.code && err.text[0]);
        return 0;
    }
    look_up(&table);
    sim_table_close(&table);
    return 0;
}

void fuzz_seeds(fuzz_give *give, void *arg) {
    static const char model[2][SIM_TABLE_NAME] = {"street_s", "street_n"};
    static const char classes[2][SIM_TABLE_NAME] = {"person", "car"};
    static const struct sim_table_setting settings[] = {
        {0, 640, 360, WEIR_TRAVEL_NONE, 0, 100, 0, 0, 9000000},
        {1, 320, 180, WEIR_TRAVEL_JPEG, 80, 100, 700000, 600000, 3000000},
    };
    uint32_t bytes[] = {0, 0, 0, 9000, 9100, 8800}, ends[] = {1, 1, 2, 2, 2, 3, 4, 5, 6};
    struct sim_table_box box[6];
    for (int i = 0; i < 6; i++)
        box[i] = sim_table_pack(&(struct weir_box){(float)i, 5, (float)i + 8, 60, 0.5f, i % 2, 0});
    const struct sim_table_clip clip = {
        .name = "gate", .frames = 3, .width = 640, .height = 360, .rate_fps = 25, .boxes = 6};
    const struct sim_table_draft draft[] = {{clip, bytes, ends, box}, {clip, bytes, ends, box}};
    const struct sim_table shape = {.model = model,
                                    .class_name = classes,
                                    .setting = settings,
                                    .models = 2,
                                    .classes = 2,
                                    .settings = 2,
                                    .clips = 2,
                                    .machine = "a fuzzer"};
    char *path = weir_path_join(fuzz_folder(), "seed.table"), *data;
    size_t len;
    FUZZ_HOLDS(path && !sim_table_write(path, &shape, draft, NULL));
    FUZZ_HOLDS(!weir_file_read(path, 1 << 20, &data, &len, NULL));
    give(arg, "table", data, len);
    free(data);
    free(path);
}
