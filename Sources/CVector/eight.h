// SPDX-License-Identifier: Apache-2.0

// Arithmetic on eight numbers at once, imported as SIMD8<Double>.
//
// Swift 6.3 lowers its own operators on SIMD8<Double> number by number and leaves it to LLVM to find
// the vectors again, which fails in long kernels (measured: 3 to 4 times slower); its fused
// multiply-add is a library call on machines without one, where the product and sum below are two
// instructions.
#ifndef VEGARD_EIGHT_H
#define VEGARD_EIGHT_H

typedef double VegardEight __attribute__((ext_vector_type(8)));
#define VEGARD_INLINE static inline __attribute__((always_inline))

VEGARD_INLINE VegardEight vegard_add(VegardEight a, VegardEight b) { return a + b; }
VEGARD_INLINE VegardEight vegard_subtract(VegardEight a, VegardEight b) { return a - b; }
VEGARD_INLINE VegardEight vegard_multiply(VegardEight a, VegardEight b) { return a * b; }
VEGARD_INLINE VegardEight vegard_divide(VegardEight a, VegardEight b) { return a / b; }
VEGARD_INLINE VegardEight vegard_multiply_add(VegardEight a, VegardEight b, VegardEight c) {
  return a * b + c;
}
#undef VEGARD_INLINE
#endif
