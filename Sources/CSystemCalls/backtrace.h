// What Swift's module of the C library leaves out: backtrace.
#include <execinfo.h>
