/* The smallest program that prints: what `printf` alone pulls into an image. */
#include <stdio.h>

int main(void)
{
    printf("Hello from %s\n", "pith");
    return 0;
}
