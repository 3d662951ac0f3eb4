/* Compares soft.h with the core's own f32: special values with each other, then random pairs of five
 * kinds. Prints the differences found (at most ten) and how many pairs were compared. */
#include <stdio.h>
#include <stdlib.h>

#include "interpreter/number.h"
#include "interpreter/soft.h"

static const uint32_t SPECIAL[] = {
    0x00000000u, 0x00000001u, 0x00000002u, 0x007fffffu, 0x00800000u, 0x00800001u,
    0x00ffffffu, 0x01000000u, 0x01800000u, 0x01ffffffu, 0x3effffffu, 0x3f000000u,
    0x3f7fffffu, 0x3f800000u, 0x3f800001u, 0x3fffffffu, 0x40000000u, 0x4b000000u,
    0x4b7fffffu, 0x7e000000u, 0x7e800000u, 0x7effffffu, 0x7f000000u, 0x7f7fffffu,
    0x7f800000u, 0x7f800001u, 0x7fc00000u, 0x7fffffffu};
enum { SPECIALS = sizeof SPECIAL / sizeof SPECIAL[0], KINDS = 5, SHOWN_MAX = 10 };

static uint32_t differences;

static void check(const char *name, uint32_t a, uint32_t b, uint32_t found, uint32_t wanted)
{
    if (canonical32(found) == canonical32(wanted)) return;
    if (differences++ < SHOWN_MAX) printf("%s %08x %08x: %08x, not %08x\n", name, a, b, found, wanted);
}

static void compare(uint32_t a, uint32_t b)
{
    check("multiply", a, b, soft_multiply(a, b), bits_of_f32(f32_of(a) * f32_of(b)));
    check("add", a, b, soft_add(a, b), bits_of_f32(f32_of(a) + f32_of(b)));
}

/* xorshift64 */
static uint32_t random_word(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static void compare_random(uint32_t kind)
{
    uint32_t a = random_word();
    uint32_t b = random_word();
    const uint32_t near = ((a >> 23) + b % 30u - 15u) & 0xffu;
    switch (kind) {
    case 0: /* any bits */
        break;
    case 1: /* exponents close to each other: every alignment of a sum */
        b = (b & 0x807fffffu) | near << 23;
        break;
    case 2: /* few bits: results on and beside the middle between two floats */
        a = (a & 0x8000000fu) | 0x3f800000u | (random_word() & 0x700000u);
        b = (b & 0x807fff00u) | (127u + (b >> 8 & 31u) - 16u) << 23;
        break;
    case 3: /* sums that cancel */
        b = a ^ 0x80000000u ^ (b & ((1u << (b >> 27)) - 1u));
        break;
    default: /* beside a special value */
        a = SPECIAL[a % (uint32_t)SPECIALS] ^ (random_word() & 0x80000001u);
        break;
    }
    compare(a, b);
}

int main(int count, char **words)
{
    const uint32_t pairs = count > 1 ? (uint32_t)strtoul(words[1], NULL, 10) : 1000u;
    for (uint32_t i = 0; i < 2u * SPECIALS; i++) {
        for (uint32_t k = 0; k < 2u * SPECIALS; k++) {
            compare(SPECIAL[i >> 1] | i << 31, SPECIAL[k >> 1] | k << 31);
        }
    }
    for (uint32_t i = 0; i < pairs; i++) compare_random(i % (uint32_t)KINDS);
    printf("%u differences in %u pairs\n", differences, pairs);
    return 0;
}
