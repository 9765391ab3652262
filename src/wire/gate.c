/* Who was complained about lately. */
#include <string.h>

#include "wire/wire.h"

static bool is_due(const struct weir_wire_gate_peer *peer, int64_t now_ns) {
    return now_ns - peer->said_ns >= WEIR_WIRE_GATE_NS;
}

/* Its row; a new one's is that of somebody who was quiet for a minute, or the last, which is of
 * all those for whom there is no room. *ret_known: it has been complained about. */
static struct weir_wire_gate_peer *row_of(struct weir_wire_gate *gate, const char *name,
                                          int64_t now_ns, bool *ret_known) {
    struct weir_wire_gate_peer *free_row = NULL;
    for (size_t i = 0; i < gate->peers; i++) {
        struct weir_wire_gate_peer *peer = &gate->peer[i];
        *ret_known = !strncmp(peer->name, name, WEIR_WIRE_MAX_NAME);
        if (*ret_known)
            return peer;
        if (!free_row && is_due(peer, now_ns))
            free_row = peer;
    }
    if (!free_row && gate->peers < WEIR_WIRE_GATE_PEERS)
        free_row = &gate->peer[gate->peers++];
    if (!free_row) {
        *ret_known = gate->others;
        gate->others = true;
        return &gate->peer[WEIR_WIRE_GATE_PEERS];
    }
    *free_row = (struct weir_wire_gate_peer){0};
    strncpy(free_row->name, name, WEIR_WIRE_MAX_NAME);
    *ret_known = false;
    return free_row;
}

bool weir_wire_gate(struct weir_wire_gate *gate, const char *peer, int64_t now_ns,
                    uint64_t *ret_unsaid) {
    bool known = false;
    struct weir_wire_gate_peer *row = row_of(gate, peer, now_ns, &known);
    if (known && !is_due(row, now_ns)) {
        row->unsaid++;
        gate->suppressed++;
        return false;
    }
    *ret_unsaid = row->unsaid;
    row->unsaid = 0;
    row->said_ns = now_ns;
    return true;
}
