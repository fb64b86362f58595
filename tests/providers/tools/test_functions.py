from studio.model.tool_settings import FunctionTool
from studio.providers.tools.functions import Functions

WEATHER = FunctionTool(name="weather", description="The weather.", answer="It is sunny in {city}, {unknown}.")


async def test_it_answers_with_the_arguments_in_it() -> None:
    functions = Functions([WEATHER])
    [tool] = await functions.open()
    assert (tool.name, tool.parameters, tool.side_effects) == ("weather", {"type": "object", "properties": {}}, False)
    assert await functions.use("weather", {"city": "Seoul"}) == "It is sunny in Seoul, {unknown}."
    await functions.close()
