/** Whether the good pictures are enough for the rate of false alarms, and what is said when they aren't. */
import { scoresFor } from '../calibrate.js'
import type { AnomalyDetector } from '../detector.js'
import { imagesFor, keptOf, MOST_CALIBRATION } from '../split.js'
import { DEFAULT_FPR, type FitCommand } from './arguments.js'

/** How many pictures a rate takes. */
function advice(fpr: number, share: number): string {
  const pictures = imagesFor(fpr, share)
  const enough = pictures
    ? `that is ${pictures} good pictures at --calibration ${share}`
    : `a fit keeps ${MOST_CALIBRATION} at most`
  return `takes ${scoresFor(fpr)} calibration images, ${enough}`
}

/**
 * Before the fit.
 *
 * @param n - good pictures
 * @throws Error when they can't be enough for a rate that was asked for
 */
export function checkEnough({ calibration, fpr }: FitCommand, n: number): void {
  if (calibration > 0 && n < 2) throw new Error('1 good picture is too few: the fit takes one, calibration another')
  if (fpr !== undefined && scoresFor(fpr) > keptOf(n, calibration))
    throw new Error(`--fpr ${fpr} ${advice(fpr, calibration)}, got ${n}`)
}

/**
 * After the fit: a warning when the detector does less than the defaults promise.
 *
 * @throws Error when it can never flag anything though calibration was asked for
 */
export function warningOf({ calibration, fpr }: FitCommand, detector: AnomalyDetector): string | undefined {
  const n = detector.calibrator?.n ?? 0
  if (n === 0 && calibration > 0)
    throw new Error(`no picture was left for calibration; the default --fpr ${advice(DEFAULT_FPR, calibration)}`)
  if (n === 0) return 'warning: without calibration images isAnomalous is false for every picture'
  if (fpr !== undefined || n >= scoresFor(DEFAULT_FPR)) return undefined
  const rate = `1 / ${n + 1} = ${detector.fpr.toFixed(3)}`
  return `warning: false alarms at a rate of ${rate}, not ${DEFAULT_FPR}, which ${advice(DEFAULT_FPR, calibration)}`
}
