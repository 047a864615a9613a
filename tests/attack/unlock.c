/* unlock SOCKET PIN_FILE EID ICCID: logs in, has the PPK set of that profile derived,
 * says "unlocked" and keeps the connection until it is ended. The engine holds the set
 * so long: where a search that works must find it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/client.h"

static enum err derive(struct client *client, const char *eid_digits, const char *iccid_digits)
{
    enum { ROOT_1 = 0x00010001 };
    struct eid eid;
    struct iccid iccid;
    uint32_t handle;
    enum err err = eid_parse(eid_digits, &eid);
    if (err == ERR_OK) {
        err = iccid_parse(iccid_digits, &iccid);
    }
    return err == ERR_OK ? client_derive_ppk(client, ROOT_1, eid_bytes(&eid), iccid_bytes(&iccid),
                                             BYTES_NONE, &handle)
                         : err;
}

int main(int argc, char **argv)
{
    struct secret pin = {0};
    struct client *client = NULL;
    if (argc != 5) {
        fputs("usage: unlock SOCKET PIN_FILE EID ICCID\n", stderr);
        return 2;
    }
    enum err err = secret_read_file(argv[2], &pin);
    if (err == ERR_OK) {
        err = client_open(argv[1], &client);
    }
    if (err == ERR_OK) {
        err = client_verify_pin(client, TOKWIRE_USER, secret_bytes(&pin));
    }
    secret_clear(&pin);
    if (err == ERR_OK) {
        err = derive(client, argv[3], argv[4]);
    }
    if (err == ERR_OK) {
        puts("unlocked");
        fflush(stdout);
        pause();
    } else {
        fprintf(stderr, "unlock: %s\n", err_name(err));
    }
    client_free(&client);
    return err == ERR_OK ? 0 : 1;
}
