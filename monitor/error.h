/* How host code says what went wrong: a sentence for the user, made where the cause is known.
 *
 * A function that can fail for the user's reasons takes a struct mon_error and returns -1 after
 * mon_fail. The verb prints the sentence once, behind "pith: ". No sentence ends in a full stop
 * and none needs a second line.
 */
#ifndef MON_ERROR_H
#define MON_ERROR_H

struct mon_error {
    char text[512];
};

/* Writes the sentence; always returns -1, so that `return mon_fail(err, ...)` reads well. */
int mon_fail(struct mon_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
