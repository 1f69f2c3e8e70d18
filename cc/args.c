/* Response files: @file in a command line. See cc_expand in cc.h. */
#include "cc/cc.h"

#include <string.h>

/* A chain of files that name each other ends here; gcc has the same kind of limit. */
#define DEPTH 200

static bool blank(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Splits text into words: blanks separate, '...' and "..." hold them together, a backslash
 * takes the next character as it is, also inside quotes. */
static void split(const char *text, struct cc_list *out)
{
    for (;;) {
        while (blank(*text))
            text++;
        if (!*text)
            return;
        struct cc_bytes word = {0};
        for (char quote = 0; *text && (quote || !blank(*text)); text++) {
            if (*text == '\\' && text[1])
                cc_add(&word, ++text, 1);
            else if (quote ? *text == quote : *text == '\'' || *text == '"')
                quote = quote ? 0 : *text;
            else
                cc_add(&word, text, 1);
        }
        cc_push(out, cc_copy(word.data ? (char *)word.data : "", word.size));
    }
}

static bool expand(char **words, size_t count, struct cc_list *out, int depth)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        struct cc_bytes file;
        if (words[i][0] != '@' || cc_read(words[i] + 1, &file)) {
            cc_push(out, words[i]);
            continue;
        }
        if (depth == DEPTH)
            cc_fail("too many @-files encountered");
        struct cc_list inner = {0};
        split((char *)file.data, &inner);
        expand(inner.item, inner.count, out, depth + 1);
        any = true;
    }
    return any;
}

bool cc_expand(int argc, char **argv, struct cc_list *out)
{
    return argc > 1 && expand(argv + 1, (size_t)argc - 1, out, 0);
}
