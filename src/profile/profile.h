/* The door of profile: what things cost, and how well models see. */
#ifndef WEIR_PROFILE_PROFILE_H
#define WEIR_PROFILE_PROFILE_H

#include "profile/costs.h"
#include "profile/refresh.h"
#include "profile/sight.h"

#endif
