/**
 * The alpha-count rule, for channels and sensors alike (REDUNDANCY 8): an error adds one, a clean frame takes a 128th of
 * what is there. Isolated transients fade, a constant fault convicts in three frames, an error in ten frames in about 64.
 */
import { Health, HealthState, isLater, settings } from "./state";

/** Q8.8: below a half the doubt is over. */
const ALPHA_CLEAR: u32 = 128;
const ALPHA_ONE: u32 = 256;
/** Each trip lowers the threshold by one error, down to two: what failed before is on a shorter leash. */
const ALPHA_OPEN_MIN: u32 = 512;

export function healthUsed(health: Health): bool {
  return health.state <= u8(HealthState.SUSPECT);
}

/** Threshold in Q8.8 for something that tripped so often. */
export function alphaOpens(trips: u32): u32 {
  const lowered: u32 = trips * ALPHA_ONE;
  if (settings.open_alpha < ALPHA_OPEN_MIN + lowered) return min<u32>(settings.open_alpha, ALPHA_OPEN_MIN);
  return settings.open_alpha - lowered;
}

/** HEALTHY, no trips, no doubt left: of what the rule reads, all is 0. `run` belongs to the rate limit. */
function isSpotless(health: Health): bool {
  return (load<u64>(changetype<usize>(health)) & ~(u64(0xff) << 24)) == 0;
}

/** Counts one frame of evidence. Returns true when the count convicts; the caller decides whether it may. */
export function healthCount(health: Health, error: bool, by_alpha: bool): bool {
  if (!error && isSpotless(health)) return false;
  if (error) {
    health.alpha = u16(min<u32>(u32(health.alpha) + ALPHA_ONE, 0xffff));
    health.consecutive = u8(min<u32>(u32(health.consecutive) + 1, 255));
    health.clean = 0;
    health.state = u8(HealthState.SUSPECT);
  } else {
    const alpha: u32 = health.alpha;
    health.alpha = u16(alpha - ((alpha + 127) >> 7));
    health.consecutive = 0;
    if (health.alpha < ALPHA_CLEAR) health.state = u8(HealthState.HEALTHY);
    forgive(health);
  }
  if (u32(health.consecutive) >= settings.open_errors) return true;
  return by_alpha && u32(health.alpha) >= alphaOpens(health.trips);
}

/** A long clean time takes back one trip. */
function forgive(health: Health): void {
  if (health.trips == 0) return;
  health.clean += 1;
  if (health.clean < settings.forgive_frames) return;
  health.clean = 0;
  health.trips -= 1;
}

/** Opens the breaker: out, for a time that doubles with each trip; too many trips latch. */
export function healthOpen(health: Health, frame: u32): void {
  health.trips = u8(min<u32>(u32(health.trips) + 1, 255));
  const latched: bool = u32(health.trips) > settings.trips_max;
  health.state = u8(latched ? HealthState.FAILED : HealthState.OPEN);
  const doublings: u32 = min<u32>(u32(health.trips) - 1, 16);
  health.cooldown_end = frame + min<u32>(settings.cooldown_first << doublings, settings.cooldown_max);
  health.consecutive = 0;
  health.count = 0;
}

/**
 * A sensor that is out: cooldown, then PROBATION in which it is compared and not used. `evidence` says whether this frame
 * could judge it at all: no evidence is not health (REDUNDANCY 1.3).
 */
export function healthReturn(health: Health, frame: u32, evidence: bool, error: bool): void {
  if (health.state == HealthState.OPEN) {
    if (!isLater(health.cooldown_end, frame)) health.state = u8(HealthState.PROBATION);
    return;
  }
  if (health.state != HealthState.PROBATION || !evidence) return;
  if (error) {
    healthOpen(health, frame);
    return;
  }
  health.count += 1;
  if (u32(health.count) < settings.probation_frames) return;
  health.state = u8(HealthState.HEALTHY);
  health.alpha = 0;
  health.count = 0;
}
