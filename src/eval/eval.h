/* The door of eval: how right results are, by published rules. */
#ifndef WEIR_EVAL_EVAL_H
#define WEIR_EVAL_EVAL_H

#include "eval/coco.h"
#include "eval/dataset.h"
#include "eval/f1.h"
#include "eval/interval.h"
#include "eval/match.h"
#include "eval/mot.h"
#include "eval/profile.h"

#endif
