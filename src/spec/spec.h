/* The door of spec: the documents that users write. */
#ifndef WEIR_SPEC_SPEC_H
#define WEIR_SPEC_SPEC_H

#include "spec/catalog.h"
#include "spec/example.h"
#include "spec/option.h"
#include "spec/scenario.h"
#include "spec/sidecar.h"
#include "spec/site.h"
#include "spec/workflow.h"

#endif
