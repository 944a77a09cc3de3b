import ArgumentParser
import Parallel
@main struct Vegard { static func main() throws { let s = try Session(); _ = s.world.size } }
