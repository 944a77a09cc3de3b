# SPDX-License-Identifier: Apache-2.0
"""Opens a run in ParaView: names, ranges, times, cells; with a second word it draws a picture.

usage: xvfb-run -a python3 plots/tests/check_paraview.py /ABSOLUTE/run.h5 [/ABSOLUTE/picture.png]

Not part of the tests: it needs Debian's python3-paraview, xvfb and xauth. Each time it reads from
the XDMF sidecar must hold what h5py reads from the run itself.
"""

import sys

try:
    from paraview import servermanager, simple
    from vtkmodules.util.numpy_support import vtk_to_numpy
except ImportError:
    sys.exit("no ParaView here: apt-get install --no-install-recommends python3-paraview xvfb "
             "xauth")
import h5py
import numpy


def same(found, expected):
    """Whether ParaView's numbers are h5py's, whatever stands where there is no material."""
    found = numpy.asarray(found)
    if found.ndim == 2 and found.shape[1] == 9 and expected.shape[-1] == 6:
        # VTK completes a Tensor6 to all nine components.
        found = found[:, [0, 1, 2, 4, 5, 8]]
    found, expected = found.ravel(), expected.ravel()
    known = numpy.isfinite(expected)
    return len(found) == len(expected) and numpy.array_equal(found[known], expected[known])


def check(reader, file):
    """Compares every stored step; the last data set."""
    names = sorted(file["steps"])
    times = [float(file[f"steps/{name}"].attrs["time"]) for name in names]
    found = numpy.atleast_1d(reader.TimestepValues)
    assert numpy.allclose(found, times, rtol=1e-12), (found, times)
    for name, time in zip(names, times):
        reader.UpdatePipeline(time)
        data = servermanager.Fetch(reader)
        while data.IsA("vtkCompositeDataSet"):
            data = data.GetBlock(0)
        group = file[f"steps/{name}"]
        cells = file["volume_fraction"].size
        assert data.GetNumberOfCells() == cells, (data.GetNumberOfCells(), cells)
        spacing = file.attrs["spacing"]
        bounds = numpy.array(data.GetBounds()[1::2])
        nodes = group["composition"].shape[::-1]
        for axis, count in enumerate(nodes):
            edge = (count - 1) * spacing[axis]
            assert abs(bounds[axis] - edge) < 1e-6 * edge, (axis, bounds, edge)
        # The axes are datasets, too, but no fields.
        expected = {key: item for key, item in group.items()
                    if isinstance(item, h5py.Dataset) and "center" in item.attrs}
        expected["volume_fraction"] = file["volume_fraction"]
        seen = set()
        for part in (data.GetPointData(), data.GetCellData()):
            for index in range(part.GetNumberOfArrays()):
                array = part.GetArray(index)
                key = array.GetName()
                seen.add(key)
                assert same(vtk_to_numpy(array), expected[key][()]), (name, key)
        assert seen == set(expected), seen ^ set(expected)
        print(f"step {int(name)}, t = {time:.6g} s: {cells} cells, {len(seen)} arrays equal")
    return times[-1]


def draw(reader, time, path, size):
    """The composition of the rear half, the void's inside visible."""
    view = simple.CreateView("RenderView")
    view.ViewSize = [1000, 340]
    view.Background = [1, 1, 1]
    view.UseColorPaletteForBackground = 0
    view.OrientationAxesVisibility = 0
    view.ViewTime = time
    solid = simple.Threshold(Input=reader, Scalars=["CELLS", "volume_fraction"],
                             LowerThreshold=0.5, UpperThreshold=2.0)
    half = simple.Clip(Input=solid, ClipType="Plane", Crinkleclip=1)
    half.ClipType.Origin = [size[0] / 2, size[1] / 2, size[2] / 2]
    half.ClipType.Normal = [0, 0, 1]
    half.Invert = 1
    shown = simple.Show(half, view)
    shown.Ambient, shown.Diffuse = 0.45, 0.6
    simple.ColorBy(shown, ("POINTS", "composition"))
    table = simple.GetColorTransferFunction("composition")
    table.ApplyPreset("Viridis (matplotlib)", True)
    table.RescaleTransferFunction(0, 1)
    bar = simple.GetScalarBar(table, view)
    bar.Title, bar.ComponentTitle = "composition X", ""
    bar.TitleColor = bar.LabelColor = [0, 0, 0]
    bar.ScalarBarLength, bar.WindowLocation = 0.5, "Any Location"
    bar.Position = [0.93, 0.25]
    bar.LabelFormat = bar.RangeLabelFormat = "%.1f"
    bar.Visibility = 1
    shown.SetScalarBarVisibility(view, True)
    view.CameraFocalPoint = [size[0] / 2, size[1] / 2, 0]
    view.CameraPosition = [0.35 * size[0], -0.55 * size[0], 1.5 * size[0]]
    view.CameraViewUp = [0, 1, 0]
    simple.ResetCamera(view)
    view.CameraParallelProjection = 0
    camera = simple.GetActiveCamera()
    camera.Dolly(1.75)
    simple.Render(view)
    simple.SaveScreenshot(path, view, ImageResolution=[1000, 340])


def main():
    path = sys.argv[1]
    with h5py.File(path) as file:
        reader = simple.Xdmf3ReaderS(FileName=[path + ".xdmf"])
        last = check(reader, file)
        counts = file["volume_fraction"].shape[::-1]
        size = [count * edge for count, edge in zip(counts, file.attrs["spacing"])]
        if len(sys.argv) > 2 and len(counts) == 3:
            draw(reader, last, sys.argv[2], size)


if __name__ == "__main__":
    main()
