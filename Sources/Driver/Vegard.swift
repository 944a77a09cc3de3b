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
  let reader = try StackReader(CommandLine.arguments[1], communicator: comm)
  var train: [ParticleImage] = [], test: [ParticleImage] = []
  for n in try reader.particles() { let p = try reader.particle(n); if p.role == .train { train.append(p) } else { test.append(p) } }
  var o = LearningOptions(stiffness: Material.lithiumIronPhosphate.stiffness.planeStress)
  o.misfit = Misfit(rawValue: CommandLine.arguments[2])!
  o.boundary = ForwardModel.Boundary(rawValue: CommandLine.arguments[3])!
  o.terms = [2]
  let t = clock()
  let r = try Learner(o, communicator: comm, log: L(comm.isFirst)).learn(train: train, test: test)
  if comm.isFirst { for (m, f) in r.fits { for x in f { print(m, x.law.a, x.law.c, x.trainError, x.testError) } 
    print("cpu", Double(clock()-t)/1e6, r.particles.map(\.largestShare), r.particles.map(\.linearResidual)) } }
  } catch { print(comm.rank, error) }
} }
