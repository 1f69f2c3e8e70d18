/* See address.h. */
#include "address.h"

#include "vm.h"

static int hex(char c)
{
    int d = c >= '0' && c <= '9'                 ? c - '0'
            : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 87
                                                 : -1;
    return d;
}

static bool four(const char **text, uint8_t *addr)
{
    const char *at = *text;
    for (unsigned i = 0; i < 4; i++) {
        unsigned value = 0, digits = 0;
        if (i && *at++ != '.')
            return false;
        for (; *at >= '0' && *at <= '9' && digits < 4; digits++)
            value = value * 10 + (unsigned)(*at++ - '0');
        if (!digits || digits > 3 || value > 255)
            return false;
        addr[i] = (uint8_t)value;
    }
    *text = at;
    return true;
}

static bool six(const char **text, uint8_t *addr)
{
    const char *at = *text;
    unsigned n = 0, gap = 9;
    uint8_t group[16];
    if (at[0] == ':' && at[1] == ':') {
        gap = 0;
        at += 2;
    }
    while (n < 8 && hex(*at) >= 0) {
        unsigned value = 0, digits = 0;
        for (; hex(*at) >= 0; digits++)
            value = value << 4 | (unsigned)hex(*at++);
        if (digits > 4)
            return false;
        group[2 * n] = (uint8_t)(value >> 8);
        group[2 * n + 1] = (uint8_t)value;
        n++;
        if (*at != ':' || n == 8)
            break;
        at++;
        if (*at == ':') {
            if (gap <= 8)
                return false; /* a second gap */
            gap = n;
            at++;
        } else if (hex(*at) < 0) {
            return false; /* a colon at the end */
        }
    }
    if (gap > 8 ? n != 8 : n == 8)
        return false;
    memset(addr, 0, 16);
    if (gap > 8)
        gap = n;
    memcpy(addr, group, 2 * gap);
    memcpy(addr + 16 - 2 * (n - gap), group + 2 * gap, 2 * (n - gap));
    *text = at;
    return true;
}

uint8_t vm_address(const char **text, uint8_t addr[16])
{
    return four(text, addr) ? 4 : six(text, addr) ? 6 : 0;
}
