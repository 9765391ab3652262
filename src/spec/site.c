/*
 * A site as it was read: looking things up in it, and the way from one node to
 * another. A route is a search in breadth: levels of equal hops, and within the next
 * level the least sum of round trips. A node's sum is final before its own links are
 * looked at, since all that lead to it on a shortest way begin one level before.
 */
#include "spec/site.h"

#include <stdlib.h>
#include <string.h>

#include "spec/reader.h"

void weir_site_done(struct weir_site *site) {
    if (!site)
        return;
    for (size_t i = 0; i < site->node_len; i++) {
        free(site->node[i].name);
        free(site->node[i].tier);
        spec_strings_done(&site->node[i].models);
    }
    for (size_t i = 0; i < site->link_len; i++) {
        free(site->link[i].name);
        for (int way = 0; way < WEIR_SITE_WAYS; way++)
            free(site->link[i].capacity[way].trace);
    }
    free(site->node);
    free(site->link);
    free(site->event);
    free(site->name);
    *site = (struct weir_site){0};
}

int weir_site_node(const struct weir_site *site, const char *name) {
    for (size_t i = 0; i < site->node_len; i++)
        if (!strcmp(site->node[i].name, name))
            return (int)i;
    return -1;
}

int weir_site_link(const struct weir_site *site, const char *name) {
    for (size_t i = 0; i < site->link_len; i++)
        if (!strcmp(site->link[i].name, name))
            return (int)i;
    return -1;
}

bool weir_site_serves(const struct weir_site_node *node, const char *model) {
    if (node->any_model)
        return true;
    for (size_t i = 0; i < node->models.len; i++)
        if (!strcmp(node->models.item[i], model))
            return true;
    return false;
}

/* One block of memory, cut into the arrays of a search. */
struct search {
    double *rtt_ms; /* [nodes], the sum to here */
    int *hops; /* [nodes], -1: not seen yet */
    int *via; /* [nodes], the link that leads here */
    int *queue; /* [nodes], those seen, in the order of hops */
    int *first; /* [nodes + 1], where a node's links begin in out */
    int *out; /* links by the node that they can be passed from, in the document's order */
};

static int search_init(struct search *search, size_t nodes, size_t links) {
    search->rtt_ms =
        malloc(nodes * sizeof *search->rtt_ms + (4 * nodes + 1 + 2 * links) * sizeof *search->out);
    if (!search->rtt_ms)
        return WEIR_ENOMEM;
    search->hops = (int *)(search->rtt_ms + nodes);
    search->via = search->hops + nodes;
    search->queue = search->via + nodes;
    search->first = search->queue + nodes;
    search->out = search->first + nodes + 1;
    return 0;
}

static void list_links(const struct weir_site *site, struct search *search) {
    int *first = search->first;
    memset(first, 0, (site->node_len + 1) * sizeof *first);
    for (size_t i = 0; i < site->link_len; i++) {
        first[site->link[i].from + 1]++;
        first[site->link[i].to + 1] += !site->link[i].one_way;
    }
    for (size_t i = 1; i <= site->node_len; i++)
        first[i] += first[i - 1];
    int *next = search->via; /* not needed yet */
    memcpy(next, first, site->node_len * sizeof *next);
    for (size_t i = 0; i < site->link_len; i++) {
        search->out[next[site->link[i].from]++] = (int)i;
        if (!site->link[i].one_way)
            search->out[next[site->link[i].to]++] = (int)i;
    }
}

static int far_end(const struct weir_site_link *link, int node) {
    return node == link->from ? link->to : link->from;
}

/* Until hops[to] and the ways there are final, or all that can be reached was seen. */
static void spread(const struct weir_site *site, int from, int to, struct search *search) {
    int *hops = search->hops, len = 0;
    double *rtt_ms = search->rtt_ms;
    for (size_t i = 0; i < site->node_len; i++)
        hops[i] = -1;
    hops[from] = 0;
    rtt_ms[from] = 0;
    search->queue[len++] = from;
    for (int done = 0; done < len; done++) {
        int here = search->queue[done];
        if (hops[here] == hops[to])
            return;
        for (int i = search->first[here]; i < search->first[here + 1]; i++) {
            const struct weir_site_link *link = &site->link[search->out[i]];
            int there = far_end(link, here);
            double sum = rtt_ms[here] + link->rtt_ms;
            if (hops[there] < 0) {
                hops[there] = hops[here] + 1;
                search->queue[len++] = there;
            } else if (hops[there] <= hops[here] || sum >= rtt_ms[there]) {
                continue;
            }
            rtt_ms[there] = sum;
            search->via[there] = search->out[i];
        }
    }
}

int weir_site_route(const struct weir_site *site, int from, int to, int *ret_links, size_t cap,
                    size_t *ret_len) {
    int nodes = (int)site->node_len;
    if (from < 0 || from >= nodes || to < 0 || to >= nodes)
        return WEIR_EINVAL;
    struct search search;
    int rc = search_init(&search, site->node_len, site->link_len);
    if (rc)
        return rc;
    list_links(site, &search);
    spread(site, from, to, &search);
    int hops = search.hops[to];
    if (hops < 0)
        rc = WEIR_ENOENT;
    else if ((size_t)hops > cap)
        rc = WEIR_ERANGE;
    else
        *ret_len = (size_t)hops;
    for (int node = to; !rc && hops-- > 0; node = far_end(&site->link[ret_links[hops]], node))
        ret_links[hops] = search.via[node];
    free(search.rtt_ms);
    return rc;
}
