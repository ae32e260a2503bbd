/** What the report's page is given, as JSON in the page. */
import type { PeerResults, Results } from '../harness/results.js'

export interface ReportData {
  results: Results
  /** By kernel, where it has been measured beside its peers. */
  peers: Record<string, PeerResults>
}
