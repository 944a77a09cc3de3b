import Parallel
import Physics
import Solver
import Foundation
final class L: RunLog { let first: Bool
  init(_ f: Bool) {first=f}
  func note(_ s: @autoclosure () -> String) { if first {print(s())} }
  func warn(_ s: @autoclosure () -> String) { if first {print("W", s())} }
  func progress(_ s: @autoclosure () -> String) { } }
@main struct Vegard { static func main() throws {
  let s = try Session(); let comm = s.world
  do {
  for st in Studies.all where CommandLine.arguments.count < 2 || CommandLine.arguments.contains(st.id) {
    let t = clock()
    for r in try st.run(StudyOptions(dataDirectory: "/work/shared/data"), comm, L(comm.isFirst)) { if comm.isFirst { print(st.id, r.quantity, r.value, r.target, r.tolerance, r.passed ? "ok" : "FAIL") } }
    if comm.isFirst { print(Double(clock()-t)/1e6, "s") }
  }
  } catch { print(comm.rank, error) }
} }
