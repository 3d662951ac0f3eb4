/**
 * How noisy a recorded column is, measured on the column itself. Second differences take away what moves slowly, so that
 * the signal does not count as noise; the median of their sizes takes away jumps. For white noise of deviation sigma they
 * have the deviation sqrt(6) sigma, and a normal variable's median size is 0.6745 deviations.
 */
const NORMAL_MEDIAN = 0.6744897501960817;

/** Estimated deviation of white noise in `values`, in their unit; 0 with fewer than three numbers. */
export function measureNoise(values: Float64Array): number {
  const numbers = values.filter((value) => Number.isFinite(value));
  if (numbers.length < 3) return 0;
  const sizes = new Float64Array(numbers.length - 2);
  for (let i = 0; i < sizes.length; i++) {
    sizes[i] = Math.abs((numbers[i] ?? 0) - 2 * (numbers[i + 1] ?? 0) + (numbers[i + 2] ?? 0));
  }
  sizes.sort();
  return (sizes[sizes.length >> 1] ?? 0) / NORMAL_MEDIAN / Math.sqrt(6);
}
