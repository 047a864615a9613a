#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "sgp22/id.h"

enum { REQUEST_MAX = TOKWIRE_FRAME_MAX };

bool wire_open(struct wire *wire, const char *socket_path)
{
    const struct timeval wait = {.tv_sec = WIRE_WAIT_MS / 1000};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *wire = (struct wire){.fd = -1};
    buf_init(&wire->answer, TOKWIRE_FRAME_HEADER + TOKWIRE_FRAME_MAX);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0) {
        close(fd);
        return false;
    }
    wire->fd = fd;
    return true;
}

void wire_close(struct wire *wire)
{
    if (wire->fd >= 0) {
        close(wire->fd);
    }
    wire->fd = -1;
    buf_clear(&wire->answer);
}

bool wire_send(struct wire *wire, struct bytes bytes)
{
    while (wire->fd >= 0 && bytes.len > 0) {
        ssize_t sent = send(wire->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return false;
        }
        if (sent > 0) {
            bytes = bytes_make(bytes.data + sent, bytes.len - (size_t)sent);
        }
    }
    return wire->fd >= 0;
}

bool wire_send_frame(struct wire *wire, struct bytes apdu)
{
    struct buf frame;
    buf_init(&frame, TOKWIRE_FRAME_HEADER + apdu.len);
    tokwire_frame_put(&frame, apdu);
    bool sent = buf_err(&frame) == ERR_OK && wire_send(wire, buf_bytes(&frame));
    buf_clear(&frame);
    return sent;
}

static bool receive_all(int fd, uint8_t *out, size_t len)
{
    while (len > 0) {
        ssize_t got = recv(fd, out, len, 0);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        if (got > 0) {
            out += got;
            len -= (size_t)got;
        }
    }
    return true;
}

uint16_t wire_receive(struct wire *wire)
{
    uint8_t header[TOKWIRE_FRAME_HEADER];
    buf_reset(&wire->answer);
    wire->fields = (struct tokwire_fields){.shape = tokwire_commands[0].request};
    if (wire->fd < 0 || !receive_all(wire->fd, header, sizeof(header))) {
        return WIRE_CLOSED;
    }
    size_t len = get_u32(header);
    uint8_t *at = len >= 2 && len <= TOKWIRE_FRAME_MAX ? buf_extend(&wire->answer, len) : NULL;
    if (at == NULL || !receive_all(wire->fd, at, len)) {
        return WIRE_CLOSED;
    }
    uint16_t sw = get_u16(at + len - 2);
    /* A refused command answers with its status word alone. */
    CU_ASSERT_TRUE(sw == TOKWIRE_SW_OK || len == 2);
    return sw;
}

bool wire_is_hung_up(struct wire *wire, int wait_ms)
{
    uint8_t byte;
    struct pollfd entry = {.fd = wire->fd, .events = POLLIN};
    if (wire->fd < 0 || poll(&entry, 1, wait_ms) <= 0) {
        return wire->fd < 0;
    }
    return recv(wire->fd, &byte, 1, MSG_DONTWAIT) <= 0 && errno != EAGAIN;
}

void wire_apdu(struct buf *apdu, uint8_t ins, uint8_t p1, uint8_t p2, struct bytes data)
{
    const struct apdu_command command = {TOKWIRE_CLA, ins, p1, p2, data, APDU_LE_ANY};
    buf_init(apdu, REQUEST_MAX);
    CU_ASSERT_EQUAL_FATAL(apdu_encode_extended(&command, apdu), ERR_OK);
}

uint16_t wire_call(struct wire *wire, uint8_t ins, uint8_t p1, uint8_t p2, struct buf *request)
{
    struct buf apdu;
    if (request != NULL) {
        CU_ASSERT_EQUAL_FATAL(buf_err(request), ERR_OK);
    }
    wire_apdu(&apdu, ins, p1, p2, request != NULL ? buf_bytes(request) : BYTES_NONE);
    uint16_t sw = wire_send_frame(wire, buf_bytes(&apdu)) ? wire_receive(wire) : WIRE_CLOSED;
    buf_clear(&apdu);
    if (request != NULL) {
        buf_clear(request);
    }
    const struct tokwire_command *row = tokwire_command_find(ins);
    if (sw == TOKWIRE_SW_OK && row != NULL) {
        struct bytes data = bytes_make(wire->answer.data, wire->answer.len - 2);
        TEST_OK(tokwire_fields_decode(row->response, data, &wire->fields));
    }
    return sw;
}

uint16_t wire_call_field(struct wire *wire, uint8_t ins, uint8_t p1, uint8_t p2, uint16_t tag,
                         struct bytes value)
{
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    tlv_put(&request, tag, value);
    return wire_call(wire, ins, p1, p2, &request);
}

struct bytes wire_field(const struct wire *wire, uint16_t tag)
{
    return tokwire_field(&wire->fields, tag);
}

uint32_t wire_uint(const struct wire *wire, uint16_t tag)
{
    return (uint32_t)tokwire_field_uint(&wire->fields, tag);
}

uint16_t wire_login(struct wire *wire, enum tokwire_user user, const char *pin)
{
    return wire_call_field(wire, TOKWIRE_VERIFY_PIN, 0, user, TOKWIRE_F_PIN,
                           bytes_make(pin, strlen(pin)));
}

uint16_t wire_sign(struct wire *wire, enum tokwire_key key, struct bytes message,
                   uint8_t signature[64])
{
    uint16_t sw =
        wire_call_field(wire, TOKWIRE_SIGN, key, TOKWIRE_SIGN_MESSAGE, TOKWIRE_F_DATA, message);
    memset(signature, 0, 64);
    struct bytes made = wire_field(wire, TOKWIRE_F_SIGNATURE);
    if (sw == TOKWIRE_SW_OK && made.len == 64) {
        memcpy(signature, made.data, 64);
    }
    return sw;
}

uint16_t wire_derive_ppk(struct wire *wire, uint32_t root, const char *eid_digits,
                         const char *iccid_digits, uint32_t *handle)
{
    struct buf request;
    struct eid eid;
    struct iccid iccid;
    TEST_OK(eid_parse(eid_digits, &eid));
    TEST_OK(iccid_parse(iccid_digits, &iccid));
    buf_init(&request, REQUEST_MAX);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, root, 4);
    tlv_put(&request, TOKWIRE_F_EID, eid_bytes(&eid));
    tlv_put(&request, TOKWIRE_F_ICCID, iccid_bytes(&iccid));
    uint16_t sw = wire_call(wire, TOKWIRE_DERIVE_PPK, 0, 0, &request);
    *handle = wire_uint(wire, TOKWIRE_F_HANDLE);
    return sw;
}

static uint16_t call_with_data(struct wire *wire, uint8_t ins, uint32_t handle, struct bytes data)
{
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, handle, 4);
    tlv_put(&request, TOKWIRE_F_DATA, data);
    return wire_call(wire, ins, 0, 0, &request);
}

uint16_t wire_encrypt(struct wire *wire, uint32_t handle, struct bytes data)
{
    return call_with_data(wire, TOKWIRE_BSP_ENCRYPT, handle, data);
}

uint16_t wire_mac(struct wire *wire, uint32_t handle, struct bytes data)
{
    return call_with_data(wire, TOKWIRE_BSP_MAC, handle, data);
}

uint16_t wire_replace(struct wire *wire, uint32_t session_keys, uint32_t ppk)
{
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, session_keys, 4);
    tokwire_put_uint(&request, TOKWIRE_F_KEY_HANDLE, ppk, 4);
    return wire_call(wire, TOKWIRE_REPLACE_SESSION_KEYS, 0, 0, &request);
}

uint16_t wire_destroy(struct wire *wire, uint32_t handle)
{
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    tokwire_put_uint(&request, TOKWIRE_F_HANDLE, handle, 4);
    return wire_call(wire, TOKWIRE_DESTROY, 0, 0, &request);
}

bool expect_sw(const char *what, uint16_t actual, uint16_t expected)
{
    if (actual != expected) {
        test_note("%s: %04X (%s), expected %04X (%s)", what, actual, tokwire_sw_name(actual),
                  expected, tokwire_sw_name(expected));
    }
    CU_ASSERT_EQUAL(actual, expected);
    return actual == expected;
}
