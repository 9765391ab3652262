/*
 * The examples of the documents. A workflow's comes out of the table of settings; those of sites
 * and scenarios are written out here, since their keys have structure that no table knows. That
 * none is forgotten is checked by a test against what the readers allow.
 */
#include "spec/example.h"

#include <string.h>

#include "spec/option.h"

static const char site[] =
    "# A site: which machines there are, which links lie between them, what happens to both.\n"
    "# A scenario names it (site: yard.site.yaml), and weir sim runs that. What has a default\n"
    "# may be left out.\n"
    "site: yard # its name, for reports [site]\n"
    "\n"
    "# Machines by name, 1 to 1000.\n"
    "nodes:\n"
    "  edge-1:\n"
    "    tier: edge # edge, core, cloud, or any other word; no default\n"
    "    slots: 2 # inferences that run at the same time, 1 to 1024 [1]\n"
    "    slowdown: 4 # time on a slot / time on one core of the machine that was profiled,\n"
    "                # 0.0001 to 10000 [1]\n"
    "    batch: 1 # most frames in one inference, 1 to 1024 [1]\n"
    "    models: [street_n, street_s] # those it serves; []: none [without the key: every model]\n"
    "  core:\n"
    "    tier: core\n"
    "    slots: 4\n"
    "    slowdown: 2\n"
    "  cloud:\n"
    "    tier: cloud\n"
    "    # instead of slowdown, one of the two or both: n frames in one inference take\n"
    "    # fixed_ms + n * each_ms, whatever the model; 0 to 600000 [0]\n"
    "    fixed_ms: 3\n"
    "    each_ms: 0.5\n"
    "    batch: 16\n"
    "\n"
    "# At most 5000; where there are several nodes, each must be on one. A link is two queues, "
    "one\n"
    "# each way, first in, first out, and shared by all that pass.\n"
    "links:\n"
    "  - from: edge-1 # names of nodes; no default\n"
    "    to: core\n"
    "    mbit_per_s: 100 # 0.001 to 1000000; no default\n"
    "    rtt_ms: 4 # there and back, half of it each way, 0 to 600000 [0]\n"
    "  - from: core\n"
    "    to: cloud\n"
    "    name: uplink # for events; no two links may have the same [core-cloud]\n"
    "    mbit_per_s: 100\n"
    "    mbit_per_s_back: 20 # of the way back [the same as forward]\n"
    "    # or, instead of either, a recorded capacity in mahimahi's format; its path begins at "
    "this\n"
    "    # file's folder, else at $WEIR_DATA/traces:\n"
    "    # trace: LTE.up\n"
    "    # trace_back: LTE.down\n"
    "    rtt_ms: 40\n"
    "    loss: 0.01 # share of packets that must be sent again, 0 to 0.9 [0]\n"
    "    queue_kb: 4000 # what may wait, each way, in 1000 bytes; 0: no limit; to 10000000 [0]\n"
    "    one_way: false # true: nothing passes from `to` to `from` [false]\n"
    "\n"
    "# What fails and returns, what changes; at most 5000, in the order of their time [none].\n"
    "events:\n"
    "  - at_s: 20 # from the beginning of the run, 0 to 10000000; no default\n"
    "    link: uplink # by name, or `node:`\n"
    "    mbit_per_s: 4 # from then on; 0: nothing passes. Links with a trace have no such steps\n"
    "    mbit_per_s_back: 2 # [the same as forward]\n"
    "  - at_s: 40\n"
    "    node: core\n"
    "    down_s: 10 # of a node or a link: nothing is served, nothing passes, that long;\n"
    "               # 0.001 to 10000000\n";

static const char scenario[] =
    "# A scenario: what weir sim runs. Paths begin at this file's folder. What has a default may "
    "be\n"
    "# left out. To have what it names:\n"
    "#     weir config --example site >yard.site.yaml\n"
    "#     weir record gate=scene:seed=71,profile=mixed,size=640x360,fps=25,seconds=8 \\\n"
    "#         yard=scene:seed=57,profile=rush,size=640x360,fps=25,seconds=8 \\\n"
    "#         --models street_m,street_s,street_n --widths 960,416,320 -o yard.table\n"
    "scenario: yard # its name, for reports; no default\n"
    "site: yard.site.yaml # which nodes and links there are; no default\n"
    "table: yard.table # what models find, as weir record writes it; no default. Where there is\n"
    "                  # only yard.table.xz, that is unpacked\n"
    "sources: # what its clips were recorded from; weir bench shows them again [none]\n"
    "  - gate=scene:seed=71,profile=mixed,size=640x360,fps=25,seconds=8\n"
    "  - yard=scene:seed=57,profile=rush,size=640x360,fps=25,seconds=8\n"
    "seconds: 60 # length of a run, 0.1 to 100000 [60]\n"
    "warm_up_s: 10 # what is due before does not count [10]\n"
    "window_s: 10 # over which accuracy is pooled and held against the floor, from 0.1 [10]\n"
    "seeds: 20 # runs of each; the same chance for every strategy; 1 to 10000 [20]\n"
    "skip: 1 # one frame of so many is detected, the tracker carries the others; 1 to 10 [1]\n"
    "users: [1, 4, 8] # how many cameras at a time, 1 to 10000 each [1]\n"
    "strategies: # which to compare, with their options [all that need none]\n"
    "  - cloud-only\n"
    "  - greedy\n"
    "  - \"houmani21:share=0.3\"\n"
    "  - \"static:node=core,model=street_s,width=416\"\n"
    "  - weir\n"
    "\n"
    "# User k, from 0, has one camera: entry k of each list, over again from its end.\n"
    "cameras:\n"
    "  nodes: [edge-1] # of the site; no default\n"
    "  clips: [gate, yard] # of the table; no default\n"
    "  rate_fps: 25 # as the clips were recorded, 0.01 to 1000 [25]\n"
    "  jitter_ms: 3 # a frame comes up to that much later, less than lies between two [0]\n"
    "\n"
    "# What is promised: a deadline from capture to result, and the floor of accuracy, F1 over "
    "that\n"
    "# of the reference.\n"
    "slo:\n"
    "  deadline_ms: 200 # 0.001 to 600000; no default\n"
    "  min_accuracy: 0.85 # 0 to 1; no default\n"
    "\n"
    "# What others are measured by [the table's first model, at the widest].\n"
    "reference:\n"
    "  model: street_m\n"
    "  width: 640\n"
    "  audit_width: 960 # audits look at the picture enlarged to that, and see more [the width]\n"
    "\n"
    "# What strategies choose from: those of the table that are named here [all of it].\n"
    "models: [street_m, street_s, street_n]\n"
    "widths: [640, 416, 320]\n"
    "codecs: [jpeg, h264] # of what leaves its node\n"
    "\n"
    "# Users that come and go, each once; the others stay [none].\n"
    "come:\n"
    "  - user: 3\n"
    "    from_s: 20\n"
    "    to_s: 40\n"
    "\n"
    "# What a camera shows changes, the cuts of a user in the order of their time [none].\n"
    "cuts:\n"
    "  - user: 0\n"
    "    at_s: 30\n"
    "    clip: yard\n"
    "\n"
    "# For weir sim --variant NAME, or all. Each is this scenario with what it names replaced: of "
    "a\n"
    "# map the keys that it names, of a list all. Any key above but scenario, users, strategies.\n"
    "variants:\n"
    "  hurry: { slo: { deadline_ms: 100 } }\n"
    "  narrow: { widths: [640, 416], codecs: [jpeg] }\n";

static void print_site(struct weir_buf *out) {
    weir_buf_puts(out, site);
}

static void print_scenario(struct weir_buf *out) {
    weir_buf_puts(out, scenario);
}

static const struct {
    const char *kind;
    void (*print)(struct weir_buf *out);
} examples[] = {
    {"workflow", weir_options_print_example},
    {"site", print_site},
    {"scenario", print_scenario},
};
enum { EXAMPLES = sizeof examples / sizeof *examples };

int weir_example_print(const char *kind, struct weir_buf *out, struct weir_error *err) {
    for (int i = 0; i < EXAMPLES; i++)
        if (!strcmp(examples[i].kind, kind)) {
            examples[i].print(out);
            return 0;
        }
    return weir_fail(err, WEIR_EINVAL, "found '%.60s'; allowed: workflow, site or scenario", kind);
}
