/*
 * The door of node: one machine's part in a site. What it does for others (service.h), what it asks
 * of others (remote.h), and what they offer (offers.h).
 */
#ifndef WEIR_NODE_NODE_H
#define WEIR_NODE_NODE_H

#include "node/offers.h"
#include "node/remote.h"
#include "node/service.h"

#endif
