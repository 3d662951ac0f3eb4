/**
 * Pressure altitude of the International Standard Atmosphere (ISO 2533:1975, troposphere): temperature falls linearly
 * from sea level up to 11 km, so p = p0 (1 - L h / T0)^(g / (R L)).
 */
const SEA_LEVEL_PA = 101_325;
const SEA_LEVEL_K = 288.15;
const LAPSE_K_PER_M = 0.0065;
const GRAVITY_M_PER_S2 = 9.80665;
/** Specific gas constant of dry air, J/(kg K), as ISO 2533 states it. */
const GAS_CONSTANT = 287.05287;
const EXPONENT = (GAS_CONSTANT * LAPSE_K_PER_M) / GRAVITY_M_PER_S2;
/** Pressure at 11 km, where the formula ends. Outside of it there is no value. */
const TROPOPAUSE_PA = 22_632;
/** Deepest mines and highest recorded sea-level pressure stay far below; more is a wrong unit. */
const PRESSURE_PA_MAX = 130_000;

/** Altitude in m above the 1013.25 hPa level for a static pressure in Pa; NaN outside of the troposphere. */
export function pressureToAltitude(pressure: number): number {
  if (!(pressure >= TROPOPAUSE_PA && pressure <= PRESSURE_PA_MAX)) return Number.NaN;
  return (SEA_LEVEL_K / LAPSE_K_PER_M) * (1 - (pressure / SEA_LEVEL_PA) ** EXPONENT);
}
