/* The officer's policy as lines of text, for policy and status. */
#ifndef ADMIN_POLICY_TEXT_H
#define ADMIN_POLICY_TEXT_H

#include "client/client.h"

void policy_print(const struct client_status *status);

#endif
