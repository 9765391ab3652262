/*
 * The events of site.yaml: what fails and returns, what changes. In the order of
 * their time, and those of one node or link one after the other, so that whoever
 * plays them needs to look at one event at a time.
 */
#include <stdlib.h>

#include "spec/site_reader.h"

enum { AT_S, LINK, NODE, MBIT_PER_S, MBIT_PER_S_BACK, DOWN_S, KEYS };
static const char *const keys[KEYS] = {"at_s",  "link", "node", "mbit_per_s", "mbit_per_s_back",
                                       "down_s"};

static const double most_s = 1e7, most_mbit_per_s = 1e6;

/* What happens to a link. */
static bool read_change(struct site_reader *load, const struct spec_node *item,
                        const struct spec_node *const *value, struct weir_site_event *event) {
    struct spec_reader *reader = load->reader;
    const struct weir_site_link *link = &load->site->link[event->link];
    const struct spec_node *forward = value[MBIT_PER_S], *back = value[MBIT_PER_S_BACK];
    bool good = spec_site_one_of(load, item, "events", keys, value, MBIT_PER_S, DOWN_S);
    if (back && !forward) {
        spec_complain(reader, back->line, "events.mbit_per_s_back",
                      "found without mbit_per_s; allowed: only beside it");
        good = false;
    } else if (back && link->one_way) {
        spec_complain(reader, back->line, "events.mbit_per_s_back",
                      "found for %s, a link with one_way; allowed: only where there is a way back",
                      link->name);
        good = false;
    }
    if (forward &&
        (link->capacity[WEIR_SITE_FORWARD].trace || link->capacity[WEIR_SITE_BACK].trace)) {
        spec_complain(reader, forward->line, "events.mbit_per_s",
                      "found for %s, a link with a trace; allowed: only for links with rates, and "
                      "down_s for any",
                      link->name);
        good = false;
    }
    if (forward) {
        good = spec_read_number(reader, forward, "events.mbit_per_s", 0, most_mbit_per_s,
                                &event->mbit_per_s[WEIR_SITE_FORWARD]) &&
               good;
        event->mbit_per_s[WEIR_SITE_BACK] = event->mbit_per_s[WEIR_SITE_FORWARD];
    }
    if (back)
        good = spec_read_number(reader, back, "events.mbit_per_s_back", 0, most_mbit_per_s,
                                &event->mbit_per_s[WEIR_SITE_BACK]) &&
               good;
    return good;
}

/* What happens to a node. */
static bool check_failure(struct spec_reader *reader, const struct spec_node *item,
                          const struct spec_node *const *value) {
    for (int key = MBIT_PER_S; key <= MBIT_PER_S_BACK; key++)
        if (value[key])
            spec_complain(reader, value[key]->line, spec_path("events", keys[key]).text,
                          "found for a node; allowed: only for links");
    if (!value[DOWN_S])
        spec_complain(reader, item->line, "events.down_s",
                      "found nothing; allowed: the seconds that the node is down");
    return value[DOWN_S] && !value[MBIT_PER_S] && !value[MBIT_PER_S_BACK];
}

static const char *target_name(const struct weir_site *site, const struct weir_site_event *event) {
    return event->node >= 0 ? site->node[event->node].name : site->link[event->link].name;
}

/* Against the event before, and the one before of the same node or link. */
static bool check_order(struct site_reader *load, const struct spec_node *at,
                        const struct weir_site_event *event) {
    static const double slip_s = 1e-9; /* 0.1 + 0.2 > 0.3 */
    const struct weir_site *site = load->site;
    const struct weir_site_event *all = site->event;
    size_t i = site->event_len;
    if (i && event->at_s < all[i - 1].at_s) {
        spec_complain(load->reader, at->line, "events.at_s",
                      "found %s after %.10g (line %d); allowed: events in the order of their time",
                      at->text, all[i - 1].at_s, all[i - 1].line);
        return false;
    }
    while (i > 0 && (all[i - 1].node != event->node || all[i - 1].link != event->link))
        i--;
    if (!i)
        return true;
    const struct weir_site_event *last = &all[i - 1];
    const char *name = target_name(site, event);
    if (event->at_s < last->at_s + last->down_s - slip_s)
        spec_complain(load->reader, at->line, "events.at_s",
                      "found %s, but %s is down until %.10g (line %d); allowed: events of one node "
                      "or link that do not overlap",
                      at->text, name, last->at_s + last->down_s, last->line);
    else if (event->at_s <= last->at_s)
        spec_complain(load->reader, at->line, "events.at_s",
                      "found %s a second time for %s (first on line %d); allowed: one event of a "
                      "node or link at a time",
                      at->text, name, last->line);
    else
        return true;
    return false;
}

static void read_event(struct site_reader *load, const struct spec_node *item) {
    struct spec_reader *reader = load->reader;
    struct weir_site *site = load->site;
    const struct spec_node *value[KEYS];
    if (!spec_read_map(reader, item, "events", keys, KEYS, value))
        return;
    struct weir_site_event event = {.node = -1, .link = -1, .line = item->line};
    bool good = spec_site_one_of(load, item, "events", keys, value, LINK, NODE);
    if (value[LINK])
        event.link = spec_site_find(load, value[LINK], "events.link", "link", load->link);
    if (value[NODE])
        event.node = spec_site_find(load, value[NODE], "events.node", "node", load->node);
    if (value[DOWN_S])
        good = spec_read_number(reader, value[DOWN_S], "events.down_s", 0.001, most_s,
                                &event.down_s) &&
               good;
    if (event.link >= 0 && event.node < 0)
        good = read_change(load, item, value, &event) && good;
    else if (event.node >= 0 && event.link < 0)
        good = check_failure(reader, item, value) && good;
    else
        good = false;
    if (value[AT_S])
        good = spec_read_number(reader, value[AT_S], "events.at_s", 0, most_s, &event.at_s) && good;
    else
        spec_complain(reader, item->line, "events.at_s",
                      "found nothing; allowed: seconds from the beginning of the run");
    if (good && value[AT_S] && check_order(load, value[AT_S], &event))
        site->event[site->event_len++] = event;
}

void spec_site_read_events(struct site_reader *load, const struct spec_node *list) {
    load->site->event = calloc(list->len + 1, sizeof *load->site->event);
    if (!load->site->event) {
        spec_out_of_memory(load->reader);
        return;
    }
    for (size_t i = 0; i < list->len; i++)
        read_event(load, list->item[i]);
}
