/* Text as JSON (RFC 8259). See pack.h: what gets here has passed pack_utf8. */
#include "cli/pack.h"

#include <string.h>

bool pack_utf8(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        unsigned more = *p < 0x80                 ? 0
                        : *p >= 0xc2 && *p < 0xe0 ? 1
                        : *p >= 0xe0 && *p < 0xf0 ? 2
                        : *p >= 0xf0 && *p < 0xf5 ? 3
                                                  : 4;
        if (more == 4 || (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
            (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
            return false;
        for (p++; more; more--, p++)
            if ((*p & 0xc0) != 0x80)
                return false;
    }
    return true;
}

void pack_json(FILE *to, const char *text, size_t length)
{
    putc('"', to);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            fprintf(to, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(to, "\\u%04x", c);
        else
            putc(c, to);
    }
    putc('"', to);
}

void pack_json_text(FILE *to, const char *text)
{
    pack_json(to, text, strlen(text));
}

void pack_json_list(FILE *to, const struct pack_list *list)
{
    putc('[', to);
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            putc(',', to);
        pack_json_text(to, list->word[i]);
    }
    putc(']', to);
}
