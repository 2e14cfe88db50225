// SPDX-License-Identifier: BSL-1.0
#include <crex.h>
#include <stdio.h>

int main(void) {
    crex_robust_semaphore* turn = NULL;
    bool died = false;
    if (crex_robust_semaphore_open(&turn, "/safe-turn", CREX_CREAT, NULL) != 0 ||
        crex_robust_semaphore_lock(turn, CREX_NO_TIMEOUT) != 0 ||
        crex_robust_semaphore_previous_holder_died(turn, &died) != 0) {
        fprintf(stderr, "%s\n", crex_last_error());
        return 1;
    }
    puts(died ? "Killed, the one before me." : "Alone.");
    puts("Press Enter to let the next one in, or kill me.");
    fflush(stdout);
    getchar();
    crex_robust_semaphore_free(turn);
}
