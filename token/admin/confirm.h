/* A question for a person, on the terminal. */
#ifndef ADMIN_CONFIRM_H
#define ADMIN_CONFIRM_H

/* Asks until it is answered with yes or no. An enum admin_exit: ADMIN_OK after yes;
 * ADMIN_USAGE, having said so, after no or where there is no terminal, instead of
 * which `option` could be given. */
int confirm(const char *question, const char *option);

#endif
