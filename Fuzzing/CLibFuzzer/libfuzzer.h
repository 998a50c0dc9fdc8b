#ifndef CONURE_LIBFUZZER_H
#define CONURE_LIBFUZZER_H
#include <stddef.h>
#include <stdint.h>

// What libFuzzer offers a program that has a main of its own.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test_one_input)(const uint8_t *bytes, size_t count));

#endif
