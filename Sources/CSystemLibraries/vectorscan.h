// Vectorscan, the portable Hyperscan.
#ifndef CONURE_VECTORSCAN_H
#define CONURE_VECTORSCAN_H
#include <hs/hs.h>
#endif
