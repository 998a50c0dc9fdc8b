// What Swift's module of the C library leaves out: malloc_trim.
#include <malloc.h>
